using AkkaPerf.Http.Caching.Rules;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Assets;

/// <summary>The fields of a request, for the rules that read them.</summary>
internal sealed class RequestFields(IHeaderDictionary headers) : IFieldSource
{
    /// <inheritdoc />
    public StringValues this[string name] => headers[name];
}
