using System.IO.Compression;
using System.Text;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>Stored responses in the codings that clients accept.</summary>
public sealed class CodedCopiesTests
{
    private static readonly string Text = string.Concat(Enumerable.Repeat("all work and no play ", 500));

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip;q=0.5, br", "br")]
    public async Task A_stored_response_is_given_in_the_coding_that_is_accepted(string accepted, string coding)
    {
        await using var shop = await OpenAsync("Cache-Control: max-age=60|Content-Type: text/plain|ETag: \"a\"");
        for (var i = 0; i < 3; i++)
        {
            var answer = await shop.GetAsync($"Accept-Encoding: {accepted}");
            Assert.Equal(coding, CachedShop.Field(answer, "Content-Encoding"));
            Assert.Equal("Accept-Encoding", CachedShop.Field(answer, "Vary"));
            Assert.Equal($"\"a-{coding}\"", CachedShop.Field(answer, "ETag"));
            Assert.Equal(Text, Decoded(answer, coding));
        }

        var plain = await shop.GetAsync();
        Assert.Equal("Accept-Encoding", CachedShop.Field(plain, "Vary"));
        Assert.Equal("\"a\"", CachedShop.Field(plain, "ETag"));
        Assert.EndsWith(Text, plain, StringComparison.Ordinal);
        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("If-None-Match: \"a-br\"", 304)]
    [InlineData("If-None-Match: \"b-br\"", 200)]
    public async Task Conditions_are_answered_for_the_copy_that_the_client_has(string fields, int status)
    {
        await using var shop = await OpenAsync("Cache-Control: max-age=60|Content-Type: text/plain|ETag: \"a\"");
        await shop.GetAsync("Accept-Encoding: br");
        var answer = await shop.GetAsync($"Accept-Encoding: br|{fields}");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal("\"a-br\"", CachedShop.Field(answer, "ETag"));
        Assert.Equal("Accept-Encoding", CachedShop.Field(answer, "Vary"));
    }

    [Theory]
    [InlineData("", "\"a-br\"")]
    [InlineData("Accept-Encoding: br|", "\"a-br\"")]
    [InlineData("Accept-Encoding: identity|", "\"a-br\"")]
    public async Task A_client_that_changes_its_mind_hears_of_what_it_has(string accepts, string tag)
    {
        await using var shop = await OpenAsync("Cache-Control: max-age=60|Content-Type: text/plain|ETag: \"a\"");
        await shop.GetAsync("Accept-Encoding: br");
        var answer = await shop.GetAsync($"{accepts}If-None-Match: \"a-br\"");
        Assert.StartsWith("HTTP/1.1 304 ", answer, StringComparison.Ordinal);
        Assert.Equal(tag, CachedShop.Field(answer, "ETag"));
        Assert.Equal("\"a\"", CachedShop.Field(await shop.GetAsync("If-None-Match: \"a\""), "ETag"));
    }

    [Theory]
    [InlineData("If-Range: \"a\"", 206)]
    [InlineData("If-Range: \"a-br\"", 200)] // the part would be one of other bytes
    public async Task A_part_goes_only_with_the_body_that_the_client_has(string condition, int status)
    {
        await using var shop = await OpenAsync("Cache-Control: max-age=60|Content-Type: text/plain|ETag: \"a\"");
        await shop.GetAsync("Accept-Encoding: br");
        var answer = await shop.GetAsync($"Accept-Encoding: br|Range: bytes=0-2|{condition}");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal((null, "\"a\""), (CachedShop.Field(answer, "Content-Encoding"), CachedShop.Field(answer, "ETag")));
        Assert.EndsWith(status == 206 ? "\r\n\r\nall" : Text, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_is_a_part_of_the_body_as_it_is()
    {
        await using var shop = await OpenAsync("Cache-Control: max-age=60|Content-Type: text/plain|ETag: \"a\"");
        await shop.GetAsync("Accept-Encoding: br");
        var answer = await shop.GetAsync("Accept-Encoding: br|Range: bytes=0-2");
        Assert.StartsWith("HTTP/1.1 206 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nall", answer, StringComparison.Ordinal);
        Assert.Null(CachedShop.Field(answer, "Content-Encoding"));
    }

    [Fact]
    public async Task A_validated_response_is_coded_anew_under_its_new_head()
    {
        await using var shop = await OpenAsync("Cache-Control: max-age=60|Content-Type: text/plain|ETag: \"a\"");
        await shop.GetAsync("Accept-Encoding: br");
        shop.Wait(61);
        var answer = await shop.GetAsync("Accept-Encoding: br");
        Assert.Equal("\"a-br\"", CachedShop.Field(answer, "ETag"));
        Assert.Equal("0", CachedShop.Field(answer, "Age"));
        Assert.Equal("\"a\"", CachedShop.Field(shop.Asked[1], "If-None-Match"));
        Assert.Equal(Text, Decoded(answer, "br"));
    }

    [Theory]
    [InlineData("Cache-Control: max-age=60, no-transform|Content-Type: text/plain")]
    [InlineData("Cache-Control: max-age=60|Content-Type: image/png")]
    [InlineData("Cache-Control: max-age=60|Content-Type: text/plain|Content-Encoding: x-own")]
    public async Task What_is_not_to_be_coded_is_given_as_it_is(string fields)
    {
        await using var shop = await OpenAsync(fields);
        for (var i = 0; i < 2; i++)
        {
            Assert.EndsWith(Text, await shop.GetAsync("Accept-Encoding: br"), StringComparison.Ordinal);
        }

        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task What_is_slow_to_come_is_coded_on_its_way()
    {
        using var next = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: max-age=60\r\nContent-Length: {Text.Length}\r\n\r\n{Text[..100]}");
            await next.WaitAsync();
            await connection.SendAsync(Text[100..]);
        });
        await using var proxy = await Proxy.ToAsync("", configure: null, app => app.MapPipeline("/{**path}", "shop", new HttpRouteOptions { Compression = { Enabled = true } }), origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n");
        var head = await client.ReadHeadAsync();
        Assert.Equal("gzip", CachedShop.Field(head, "Content-Encoding"));
        next.Release();
        await client.ReadToEndAsync();
        await proxy.IdleAsync();
        var hit = await RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n");
        Assert.Equal(Text, Decoded(hit, "gzip"));
        Assert.Single(origin.Heads);
    }

    [Theory]
    [InlineData("text/plain", true)]
    [InlineData("application/wasm", true)]
    [InlineData("application/problem+json; charset=utf-8", true)]
    [InlineData("font/ttf", true)]
    [InlineData("image/x-icon", true)]
    [InlineData("image/png", false)]
    [InlineData("text/plain|Content-Encoding: br", false)]
    public async Task What_is_likely_to_be_coded_has_the_weight_of_its_copies(string type, bool isTwice)
    {
        await using var shop = await OpenAsync($"Cache-Control: max-age=60|Content-Type: {type}");
        await shop.GetAsync();
        Assert.Equal(isTwice, shop.Proxy.Pipeline.Describe().Cache!.Bytes > 2 * Text.Length);
    }

    [Fact]
    public async Task The_copies_together_are_no_larger_than_the_body()
    {
        // Of four bits a character each: gzip and Brotli make it half as large at best, and something.
        var body = Convert.ToHexString(Bytes(5000));
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok("Cache-Control: max-age=60|Content-Type: text/plain", body), route: new HttpRouteOptions { Compression = { Enabled = true } });
        foreach (var (accepted, coding) in new[] { ("gzip", "gzip"), ("br", null), ("gzip", "gzip"), ("br", null) })
        {
            Assert.Equal(coding, CachedShop.Field(await shop.GetAsync($"Accept-Encoding: {accepted}"), "Content-Encoding"));
        }

        Assert.Equal(1, shop.Calls);
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static Task<CachedShop> OpenAsync(string fields) => CachedShop.OpenAsync(
        head => CachedShop.Field(head, "If-None-Match") == "\"a\"" ? CachedShop.Empty("304 Not Modified", "ETag: \"a\"") : CachedShop.Ok(fields, Text),
        route: new HttpRouteOptions { Compression = { Enabled = true } });

    private static string Decoded(string answer, string coding)
    {
        var body = Encoding.Latin1.GetBytes(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        using var stream = new MemoryStream(body);
        using Stream decoder = coding == "br" ? new BrotliStream(stream, CompressionMode.Decompress) : new GZipStream(stream, CompressionMode.Decompress);
        using var reader = new StreamReader(decoder);
        return reader.ReadToEnd();
    }
}
