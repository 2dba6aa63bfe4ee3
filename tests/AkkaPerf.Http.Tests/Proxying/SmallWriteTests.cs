using System.Globalization;
using System.IO.Compression;
using System.Text;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Proxying;

/// <summary>A backend that sends a body in many small pieces: how many are sent to the client, each of which would be a chunk and a packet.</summary>
public sealed class SmallWriteTests : IDisposable
{
    private const string Plain = "Content-Type: text/plain\r\n";
    private const string Kept = Plain + "Cache-Control: max-age=60\r\n";

    private readonly SemaphoreSlim _next = new(0);

    public void Dispose() => _next.Dispose();

    [Theory]
    [InlineData(Plain, "identity")]
    [InlineData(Kept, "identity")]
    [InlineData(Plain, "gzip")]
    [InlineData(Kept, "gzip")]
    public async Task Pieces_that_are_here_together_go_together(string fields, string coding)
    {
        var pieces = Enumerable.Range(0, 300).Select(static i => i.ToString("0000000", CultureInfo.InvariantCulture)).ToArray();
        await using var origin = Sending(fields, string.Concat(pieces.Select(Chunk)) + "0\r\n\r\n");
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy, coding);
        await client.ReadHeadAsync();
        _next.Release();
        var chunks = Chunks(await client.ReadToEndAsync());
        Assert.Equal(string.Concat(pieces), Decoded(chunks, coding));
        Assert.InRange(chunks.Count, 1, 5);
    }

    [Theory]
    [InlineData(Plain)]
    [InlineData(Kept)]
    public async Task However_many_come_at_once_and_however_large_that_is(string fields)
    {
        const int Pieces = 20_000;
        await using var origin = Sending(fields, string.Concat(Enumerable.Repeat(Chunk("01234567"), Pieces)) + "0\r\n\r\n");

        // What is to be kept turns out to be too large.
        await using var proxy = await ToAsync(origin, http => http.MaxCacheableBodyBytes = 1000);
        using var client = await AskAsync(proxy, "identity");
        await client.ReadHeadAsync();
        _next.Release();
        var chunks = Chunks(await client.ReadToEndAsync());
        Assert.Equal(8 * Pieces, chunks.Sum(static chunk => chunk.Length));
        Assert.InRange(chunks.Count, 1, Pieces / 20);
    }

    [Theory]
    [InlineData(Plain)]
    [InlineData(Kept)]
    public async Task The_last_piece_goes_with_the_end(string fields)
    {
        await using var origin = Sending(fields, Chunk("hello") + "0\r\n\r\n");
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy, "identity");
        await client.ReadHeadAsync();
        _next.Release();
        Assert.Equal("5\r\nhello\r\n0\r\n\r\n", await client.ReadOnceAsync());
    }

    [Theory]
    [InlineData("Content-Type: text/event-stream\r\n")]
    [InlineData("Content-Type: application/grpc\r\n")]
    [InlineData(Plain)]
    [InlineData(Kept)]
    public async Task What_the_backend_says_and_then_waits_is_not_held_back(string fields)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{fields}\r\n");
            foreach (var piece in "vwxyz")
            {
                await _next.WaitAsync();
                await connection.SendAsync(Chunk($"{piece}"));
            }

            await connection.SendAsync("0\r\n\r\n");
        });
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy, "identity");
        await client.ReadHeadAsync();
        foreach (var piece in "vwxyz")
        {
            _next.Release();
            Assert.Equal(Chunk($"{piece}"), await client.ReadThroughAsync($"{piece}\r\n"));
        }

        Assert.Equal("0\r\n\r\n", await client.ReadToEndAsync());
    }

    private static string Chunk(string text) => string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n");

    private static List<string> Chunks(string body)
    {
        var chunks = new List<string>();
        var at = 0;
        while (true)
        {
            var end = body.IndexOf("\r\n", at, StringComparison.Ordinal);
            var length = int.Parse(body[at..end], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                return chunks;
            }

            chunks.Add(body.Substring(end + 2, length));
            at = end + 2 + length + 2;
        }
    }

    private static string Decoded(List<string> chunks, string coding)
    {
        var body = string.Concat(chunks);
        if (coding == "identity")
        {
            return body;
        }

        using var reader = new StreamReader(new GZipStream(new MemoryStream(Encoding.Latin1.GetBytes(body)), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }

    private static async Task<RawConnection> AskAsync(Proxy proxy, string coding)
    {
        var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nAccept-Encoding: {coding}\r\n\r\n");
        return client;
    }

    private static Task<Proxy> ToAsync(RawOrigin origin, Action<HttpPipelineOptions>? configure = null) => Proxy.ToAsync(
        "", configure, static app => app.MapPipeline("/{**path}", "shop", new HttpRouteOptions { Compression = { Enabled = true } }), origin.Address);

    // The head first, so that it is clear what comes later comes at once.
    private RawOrigin Sending(string fields, string body) => RawOrigin.Start(async connection =>
    {
        await connection.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{fields}\r\n");
        await _next.WaitAsync();
        await connection.SendAsync(body);
    });
}
