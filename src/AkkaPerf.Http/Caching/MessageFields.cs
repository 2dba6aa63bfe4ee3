using System.Net.Http.Headers;
using AkkaPerf.Http.Caching.Rules;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>The fields of a backend's response, as they came.</summary>
internal sealed class MessageFields : IFieldSource
{
    private readonly HttpHeadersNonValidated _headers;
    private readonly HttpHeadersNonValidated _content;

    public MessageFields(HttpResponseMessage message)
    {
        _headers = message.Headers.NonValidated;
        _content = message.Content.Headers.NonValidated;
    }

    public StringValues this[string name]
    {
        get
        {
            if (!_headers.TryGetValues(name, out var values) && !_content.TryGetValues(name, out values))
            {
                return default;
            }

            return values.Count == 1 ? values.ToString() : new StringValues([.. values]);
        }
    }
}
