using AkkaPerf.Http.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>What a backend sent behind its body; a client that cannot be sent any, as over HTTP/1.1, loses it.</summary>
internal static class ResponseTrailers
{
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
