using AkkaPerf.Http.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>What a backend sent behind its body; a client that cannot be sent any, as over HTTP/1.1, loses it.</summary>
internal static class ResponseTrailers
{
    /// <summary>The trailers that came over the wire; complete once the body has been read.</summary>
    public static KeyValuePair<string, StringValues>[] Of(HttpResponseMessage message) =>
        [.. message.TrailingHeaders.NonValidated.Select(trailer => new KeyValuePair<string, StringValues>(trailer.Key, trailer.Value.ToString()))];

    /// <summary>Has them follow the body, but for what is not true of it once it is coded.</summary>
    public static void Append(HttpResponse response, KeyValuePair<string, StringValues>[] trailers, bool isCoded = false)
    {
        if (trailers.Length > 0 && response.SupportsTrailers())
        {
            foreach (var (name, values) in trailers)
            {
                if (!isCoded || !CompressionRules.IsDigest(name))
                {
                    response.AppendTrailer(name, values);
                }
            }
        }
    }
}
