using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Smuggling;

/// <summary>Requests of HTTP/2 that would mean something else in HTTP/1.1 (RFC 9113, sections 8.2, 8.3 and 10.3): an error of the stream or the connection, and nothing of them gets to a backend.</summary>
public sealed class Http2CorpusTests
{
    private static readonly (string Name, string Value)[] Pseudo = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "shop")];

    private static readonly Dictionary<string, (string Name, string Value)[]> Heads = new(StringComparer.Ordinal)
    {
        ["CR and LF in a value"] = With(("x-a", "1\r\nTransfer-Encoding: chunked")),
        ["CR in a value"] = With(("x-a", "1\r2")),
        ["LF in a value"] = With(("x-a", "1\n2")),
        ["NUL in a value"] = With(("x-a", "1\02")),
        ["CR and LF in a name"] = With(("x-a: 1\r\nx-b", "2")),
        ["NUL in a name"] = With(("x\0a", "1")),
        ["a colon in a name"] = With(("x:a", "1")),
        ["a colon behind a name"] = With(("x-a:", "1")),
        ["a space in a name"] = With(("x a", "1")),
        ["an empty name"] = With(("", "1")),
        ["a byte beyond ASCII in a name"] = With(("x\u00e9", "1")),
        ["an uppercase name"] = With(("X-A", "1")),
        ["a coding"] = With(("transfer-encoding", "chunked")),
        ["a connection header"] = With(("connection", "x-a"), ("x-a", "1")),
        ["keep-alive"] = With(("keep-alive", "timeout=5")),
        ["proxy-connection"] = With(("proxy-connection", "keep-alive")),
        ["an upgrade"] = With(("upgrade", "websocket")),
        ["TE other than trailers"] = With(("te", "gzip")),
        ["two lengths"] = With(("content-length", "5"), ("content-length", "0")),
        ["the same length twice"] = With(("content-length", "0"), ("content-length", "0")),
        ["a length with a sign"] = With(("content-length", "+0")),
        ["a length without a body"] = With(("content-length", "5")),
        ["a pseudo header twice"] = [.. Pseudo, (":path", "/other")],
        ["a pseudo header after others"] = [Pseudo[0], Pseudo[1], Pseudo[3], ("x-a", "1"), Pseudo[2]],
        ["an unknown pseudo header"] = [.. Pseudo, (":other", "1")],
        ["a response's pseudo header"] = [.. Pseudo, (":status", "200")],
        ["no path"] = [Pseudo[0], Pseudo[1], Pseudo[3]],
        ["no method"] = [Pseudo[1], Pseudo[2], Pseudo[3]],
        ["no scheme"] = [Pseudo[0], Pseudo[2], Pseudo[3]],
        ["no authority"] = [Pseudo[0], Pseudo[1], Pseudo[2]],
        ["an empty path"] = Path(""),
        ["a path without a slash"] = Path("other"),
        ["CR and LF in the path"] = Path("/ HTTP/1.1\r\nHost: other\r\n\r\nGET /hidden"),
        ["a space in the path"] = Path("/a b"),
        ["NUL in the path"] = Path("/\0"),
        ["a tab in the path"] = Path("/a\tb"),
        ["a line break in the method"] = [(":method", "GET / HTTP/1.1\r\nHost: other\r\n\r\nGET"), .. Pseudo[1..]],
        ["a space in the method"] = [(":method", "GET /hidden HTTP/1.1"), .. Pseudo[1..]],
        ["a line break in the authority"] = [.. Pseudo[..3], (":authority", "shop\r\nX-A: 1")],
        ["a path in the authority"] = [.. Pseudo[..3], (":authority", "shop/other")],
        ["a user in the authority"] = [.. Pseudo[..3], (":authority", "user@shop")],
        ["a line break in the scheme"] = [Pseudo[0], (":scheme", "http\r\n"), .. Pseudo[2..]],
        ["another scheme than the connection's"] = [Pseudo[0], (":scheme", "https"), .. Pseudo[2..]],
    };

    public static TheoryData<string> Names => [.. Heads.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_head_that_is_none_in_http_1_is_refused_and_reaches_nobody(string what)
    {
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync("", http => http.PreserveHost = true, origin.Address);
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: true, Heads[what]);

        AssertRefused(await client.ReadOfAsync(1));
        await proxy.IdleAsync();
        Assert.Equal("", origin.Received);
    }

    [Theory]
    [InlineData("5", "hell")]
    [InlineData("5", "hello!")]
    [InlineData("0", "hello")]
    public async Task A_body_that_is_not_as_long_as_it_said_never_ends_at_the_backend(string length, string body)
    {
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: false, [(":method", "POST"), .. Pseudo[1..], ("content-length", length)]);
        await client.SendDataAsync(1, isEnd: true, body);

        AssertRefused(await client.ReadOfAsync(1));
        await proxy.IdleAsync();
        Assert.DoesNotContain(body, origin.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_sound_passes()
    {
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: true, With(("x-a", "1"), ("te", "trailers"), ("cookie", "a=1"), ("cookie", "b=2")));

        Assert.Equal(200, (await client.ReadOfAsync(1))?.ReadStatus());
        Assert.Contains("\r\nx-a: 1\r\n", origin.Received, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\r\nCookie: a=1; b=2\r\n", origin.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_authority_and_a_host_only_the_authority_goes_on()
    {
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync("", http => http.PreserveHost = true, origin.Address);
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: true, With(("host", "other")));

        Assert.Equal(200, (await client.ReadOfAsync(1))?.ReadStatus());
        Assert.Contains("\r\nHost: shop\r\n", origin.Received, StringComparison.Ordinal);
        Assert.DoesNotContain("other", origin.Received, StringComparison.Ordinal);
    }

    private static void AssertRefused(Http2Frame? frame) => Assert.True(
        frame is null or { Type: Http2Frame.Reset or Http2Frame.GoAway } || (frame.Type == Http2Frame.Headers && frame.ReadStatus() == 400), $"{frame}");

    private static (string Name, string Value)[] With(params (string Name, string Value)[] headers) => [.. Pseudo, .. headers];

    private static (string Name, string Value)[] Path(string path) => [Pseudo[0], Pseudo[1], (":path", path), Pseudo[3]];
}
