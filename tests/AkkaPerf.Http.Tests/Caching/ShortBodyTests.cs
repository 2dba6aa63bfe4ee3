using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>Bodies that end before they should, over HTTP/2, where the runtime's client does not look.</summary>
public sealed class ShortBodyTests
{
    [Theory]
    [InlineData("max-age=60", "")]
    [InlineData("no-store", "")]
    [InlineData("max-age=60", "Accept-Encoding: gzip\r\n")]
    [InlineData("no-store", "Accept-Encoding: gzip\r\n")]
    public async Task A_stump_is_not_taken_for_the_whole(string control, string asks)
    {
        var calls = 0;
        await using var origin = RawHttp2Origin.Start(async (connection, stream) =>
        {
            Interlocked.Increment(ref calls);
            await connection.SendHeadersAsync(
                stream, isEnd: false, (":status", "200"), ("content-length", "4000"), ("content-type", "text/plain"), ("cache-control", control));
            await connection.SendDataAsync(stream, isEnd: true, new string('x', 3000));
        });
        var route = new HttpRouteOptions();
        route.Use(new CompressionOptions { Enabled = true });
        await using var proxy = await Proxy.ToAsync(
            "", http => http.BackendHttp = BackendHttp.Http2, app => app.MapPipeline("/{**path}", "shop", route), origin.Address);

        for (var i = 1; i <= 2; i++)
        {
            Assert.False(await IsWholeAsync(proxy, asks));
            Assert.Equal(i, calls);
        }
    }

    // A body that says its end, by chunks or length, has to come to it; a connection that is reset has not.
    private static async Task<bool> IsWholeAsync(Proxy proxy, string asks)
    {
        string answer;
        try
        {
            answer = await RawConnection.AskAsync(proxy.Address, $"GET / HTTP/1.1\r\nHost: shop\r\n{asks}Connection: close\r\n\r\n");
        }
        catch (IOException)
        {
            return false;
        }

        var head = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return head >= 0
            && answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
            && (CachedShop.Field(answer, "Content-Length") is { } length
                ? answer.Length - head - 4 >= int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)
                : answer.EndsWith("0\r\n\r\n", StringComparison.Ordinal));
    }
}
