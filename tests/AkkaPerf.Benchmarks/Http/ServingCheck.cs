using System.IO.Compression;
using System.Net;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Whether a proxy really serves what is to be measured: the right answer, from where it should come.</summary>
internal static class ServingCheck
{
    private const int Attempts = 50;

    /// <summary>Asks until two answers in a row are right; what is kept may become so only after a while.</summary>
    /// <returns>The length of a body on its way.</returns>
    /// <exception cref="InvalidOperationException">They never are.</exception>
    public static async Task<int> VerifyAsync(ProxyProcess process, Ask ask)
    {
        // The length of what is on its way counts, so nothing may unpack it.
        using var client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None });
        var fault = "";
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var (first, _, firstFault) = await AskAsync(client, process, ask);
            var (second, length, secondFault) = await AskAsync(client, process, ask);
            fault = firstFault ?? secondFault ?? ((first == second) == ask.IsHit ? null : ask.IsHit ? "comes from the origin" : "comes from a cache");
            if (fault is null)
            {
                return length;
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException($"It {fault}.");
    }

    private static async Task<(string Served, int Length, string? Fault)> AskAsync(HttpClient client, ProxyProcess process, Ask ask)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, (ask.IsHttp2 ? process.Http2Address : process.Address) + ask.Path);
        if (ask.IsHttp2)
        {
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        if (ask.IsGzip)
        {
            request.Headers.Add("Accept-Encoding", "gzip");
        }

        using var response = await client.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();
        var served = response.Headers.TryGetValues("X-Served", out var values) ? string.Join(',', values) : "";
        return (served, body.Length, Fault(response, body, ask, served));
    }

    private static string? Fault(HttpResponseMessage response, byte[] body, Ask ask, string served)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return $"is answered with {(int)response.StatusCode}";
        }

        if (served.Length == 0)
        {
            return "does not come from the origin at all";
        }

        var isGzip = response.Content.Headers.ContentEncoding.Contains("gzip");
        if (isGzip != ask.IsGzip)
        {
            return isGzip ? "comes compressed" : "comes uncompressed";
        }

        var length = isGzip ? Unpacked(body) : body.Length;
        return length == ask.Length ? null : $"has {length} bytes, not {ask.Length}";
    }

    private static int Unpacked(byte[] body)
    {
        using var unpacked = new MemoryStream();
        using var packed = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        packed.CopyTo(unpacked);
        return (int)unpacked.Length;
    }
}
