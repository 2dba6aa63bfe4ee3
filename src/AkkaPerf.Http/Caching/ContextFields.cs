using AkkaPerf.Http.Caching.Rules;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>The fields of a request that a server has at hand.</summary>
internal readonly struct ContextFields : IFieldSource
{
    private readonly IHeaderDictionary _headers;

    public ContextFields(IHeaderDictionary headers) => _headers = headers;

    public StringValues this[string name] => _headers[name];
}
