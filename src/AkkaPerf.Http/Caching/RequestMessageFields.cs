using System.Net.Http.Headers;
using AkkaPerf.Http.Caching.Rules;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>The fields of a request that an <see cref="HttpClient"/> sends.</summary>
internal readonly struct RequestMessageFields : IFieldSource
{
    private readonly HttpHeadersNonValidated _headers;

    public RequestMessageFields(HttpRequestMessage message) => _headers = message.Headers.NonValidated;

    public StringValues this[string name] =>
        !_headers.TryGetValues(name, out var values) ? default : values.Count == 1 ? values.ToString() : new StringValues([.. values]);
}
