namespace AkkaPerf.Http.Tests.Transport.Wire;

/// <summary>What goes over a wire of ours is the same, byte for byte, as what the runtime's client makes of it.</summary>
public sealed class EquivalenceTests
{
    private const string Date = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\n" + Date + "Content-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("GET /")]
    [InlineData("HEAD /a")]
    [InlineData("GET /a%2Fb//c/../d;x?q=%20+%C3%A9&&=")]
    [InlineData("GET /%7Euser/a|b^c{d}\"<>`")]
    [InlineData("GET /?")]
    [InlineData("GET /", "Accept: */*", "accept-encoding: gzip, br", "USER-AGENT: odd (one) (two)", "accept-language: de;q=bad", "x-lower: 1", "X-UPPER: 1")]
    [InlineData("GET /", "Cookie: a=1; b=2", "X-Between: 1", "Cookie: c=3", "X-Multi: 1", "X-Multi: 2", "Accept: a/b", "Accept: c/d", "User-Agent: a", "User-Agent: b")]
    [InlineData("GET /", "X-Empty:", "X-Name: caf\u00e9 \u00ff", "X-Space: \t a  b \t", "X-Quoted: \"a, b\"", "X-Tab: a\tb")]
    [InlineData("GET /", "Cache-Control: no-cache", "Pragma: no-cache", "Authorization: Bearer x", "Range: bytes=0-1", "If-Range: \"x\"", "If-None-Match: nonsense")]
    [InlineData("GET /", "If-Modified-Since: nonsense", "If-Match: *", "If-Unmodified-Since: Thu, 01 Jan 2026 00:00:00 GMT", "From: me", "Referer: /x", "Origin: null")]
    [InlineData("GET /", "Forwarded: for=evil", "X-Forwarded-For: evil", "X-Forwarded-Anything: evil", "Via: 1.1 a", "Via: 1.1 b", "Max-Forwards: 3")]
    [InlineData("GET /", "TE: trailers, deflate", "Trailer: X", "Keep-Alive: 1", "Proxy-Connection: x", "Upgrade: h2c", "Proxy-Authorization: x", "Alt-Svc: x")]
    [InlineData("GET /", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate: a=1, b=x y", "Content-Length: 0")]
    [InlineData("GET /", "Warning: 199 a \"b\"", "Prefer: x", "Sec-Fetch-Mode: cors", "Upgrade-Insecure-Requests: 1", "DNT: 1", "Date: Thu, 01 Jan 2026 00:00:00 GMT")]
    public async Task A_request_reaches_the_backend_as_the_same_bytes(string line, params string[] fields)
    {
        await using var ways = await TwoWays.ToAsync(Ok);
        var request = $"{line} HTTP/1.1\r\nHost: Shop:80\r\n{string.Concat(fields.Select(static field => field + "\r\n"))}";
        var (byWire, byMessage) = await ways.AskAsync(request);
        Assert.Equal((HostFirst(byMessage.Backend), byMessage.Client), (byWire.Backend, byWire.Client));

        // The runtime's client leaves it where it was added (RFC 9110, section 7.2).
        static string HostFirst(string head)
        {
            var lines = head.Split("\r\n");
            return string.Join("\r\n", lines.Take(1).Concat(lines.Skip(1).OrderByDescending(static line => line.StartsWith("Host:", StringComparison.Ordinal))));
        }
    }

    [Theory]
    [InlineData("200 OK", "Content-Length: 2\r\n\r\nok")]
    [InlineData("200 OK", "Content-Length: 0\r\n\r\n")]
    [InlineData("200 OK", "Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=\"y\"\r\nk\r\n0\r\nX-Sum: 7\r\n\r\n")]
    [InlineData("200 OK", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("204 No Content", "X-A: 1\r\n\r\n")]
    [InlineData("205 Reset Content", "Content-Length: 0\r\n\r\n")]
    [InlineData("206 Partial Content", "Content-Range: bytes 0-1/5\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("304 Not Modified", "ETag: W/\"1\"\r\nContent-Length: 70\r\nLast-Modified: nonsense\r\n\r\n")]
    [InlineData("404 Gone fishing", "Content-Length: 2\r\n\r\nno")]
    [InlineData("200", "Content-Length: 2\r\n\r\nok")]
    [InlineData("200 ", "Content-Length: 2\r\n\r\nok")]
    [InlineData("299 caf\u00e9", "Content-Length: 2\r\n\r\nok")]
    [InlineData("599 X", "Content-Length: 2\r\n\r\nok")]
    [InlineData("200 OK", "Set-Cookie: a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT\r\nX-Two: 1\r\nSet-Cookie: b=2\r\nX-Two: 2\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("200 OK", "X-Empty:\r\nServer:\r\nX-Name: caf\u00e9 \u00ff\r\nX-Tab: a\tb\r\nx-lower: 1\r\ncontent-TYPE: text/x; q=\"a,b\"\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("200 OK", "Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nAlt-Svc: x\r\nProxy-Authenticate: x\r\nTrailer: X\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("200 OK", "Content-Encoding: odd\r\nContent-Language: de\r\nContent-Location: /x\r\nExpires: -1\r\nAllow: GET, HEAD\r\nAllow: PUT\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("200 OK", "Vary: Accept\r\nVary: Cookie\r\nCache-Control: a, b\r\nCache-Control: c\r\nWWW-Authenticate: A x=1, B\r\nLink: <a>; rel=b\r\nVia: 1.0 x\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("200 OK", "X-A : 1\r\nX-Folded: 1\r\n  2\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("100 Continue", "\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n" + Date + "Content-Length: 2\r\n\r\nok")]
    public async Task A_response_reaches_the_client_as_the_same_bytes(string status, string rest)
    {
        var date = status.StartsWith('1') ? "" : Date;
        await using var ways = await TwoWays.ToAsync($"HTTP/1.1 {status}\r\n{date}{rest}");
        foreach (var method in new[] { "GET", "HEAD" })
        {
            if (method == "HEAD" && !rest.EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                continue;
            }

            var (byWire, byMessage) = await ways.AskAsync($"{method} / HTTP/1.1\r\nHost: shop\r\n");
            Assert.Equal(byMessage.Client, byWire.Client);
        }
    }

    [Theory]
    [InlineData("Connection: close\r\n\r\nok", "ok")]
    [InlineData("\r\nok", "ok")]
    [InlineData("\r\n", "")]
    [InlineData("Content-Length: 100\r\n\r\npart", null)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n", null)]
    public async Task A_response_that_its_connection_ends_with_is_whole_or_broken_off_either_way(string rest, string? body)
    {
        await using var ways = await TwoWays.ToAsync($"HTTP/1.1 200 OK\r\n{Date}X-A: 1\r\n{rest}", isClosed: true);
        var (byWire, byMessage) = await ways.AskAsync("GET / HTTP/1.0\r\nHost: shop\r\n");
        Assert.Equal((body, body), (BodyOf(byMessage.Client), BodyOf(byWire.Client)));

        // It may be told how long it is, if it has come whole before its head goes out.
        static string? BodyOf(string? answer) => answer?[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    [Fact]
    public async Task A_large_body_is_the_same_in_any_framing()
    {
        var body = string.Concat(Enumerable.Range(0, 60_000).Select(static i => $"{i},"));
        var chunks = string.Concat(body.Chunk(7_001).Select(static chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n"));
        foreach (var (rest, isClosed) in new[]
        {
            ($"Content-Length: {body.Length}\r\n\r\n{body}", false),
            ($"Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n", false),
            ($"\r\n{body}", true),
        })
        {
            await using var ways = await TwoWays.ToAsync($"HTTP/1.1 200 OK\r\n{Date}{rest}", isClosed);
            var (byWire, byMessage) = await ways.AskAsync("GET / HTTP/1.0\r\nHost: shop\r\n");
            Assert.EndsWith("\r\n\r\n" + body, byMessage.Client, StringComparison.Ordinal);
            Assert.Equal(byMessage.Client, byWire.Client);
        }
    }
}
