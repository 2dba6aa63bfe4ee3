using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Smuggling;

/// <summary>Responses whose end may be read in two ways, or that would break the client's framing: none is passed on as if it were whole.</summary>
public sealed class ResponseCorpusTests
{
    private const string Chunks = "5\r\nhello\r\n0\r\n\r\n";

    public static TheoryData<string, string> Heads => new()
    {
        { "length and chunks", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunks },
        { "chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 15\r\n\r\n" + Chunks },
        { "two lengths", "Content-Length: 5\r\nContent-Length: 2\r\n\r\nhello" },
        { "the same length twice", "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" },
        { "a list of lengths", "Content-Length: 5, 5\r\n\r\nhello" },
        { "a length with a sign", "Content-Length: +5\r\n\r\nhello" },
        { "a negative length", "Content-Length: -5\r\n\r\nhello" },
        { "a length that is no number", "Content-Length: x\r\n\r\nhello" },
        { "an empty length", "Content-Length: \r\n\r\nhello" },
        { "another coding", "Transfer-Encoding: gzip\r\n\r\nhello" },
        { "another coding before chunked", "Transfer-Encoding: gzip, chunked\r\n\r\n" + Chunks },
        { "another coding after chunked", "Transfer-Encoding: chunked, identity\r\n\r\n" + Chunks },
        { "chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunks },
        { "a name that is no token", "X(A: 1\r\nContent-Length: 5\r\n\r\nhello" },
    };

    public static TheoryData<string, string> Bodies => new()
    {
        { "a size that is no number", "zz\r\nhello\r\n0\r\n\r\n" },
        { "a size with a sign", "+5\r\nhello\r\n0\r\n\r\n" },
        { "a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n" },
        { "a size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n" },
        { "a chunk longer than its size", "4\r\nhello\r\n0\r\n\r\n" },
        { "a chunk without its end", "5\r\nhello0\r\n\r\n" },
        { "no last chunk", "5\r\nhello\r\n" },
        { "half a last chunk", "5\r\nhello\r\n0\r\n" },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task A_head_that_may_be_read_in_two_ways_is_a_502(string what, string rest)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\n" + rest);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.True(response.StartsWith("HTTP/1.1 502 ", StringComparison.Ordinal), $"{what}: {response}");
        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")]
    [InlineData("HTTP/2 200 OK\r\n\r\n")]
    [InlineData("<html>HTTP/0.9</html>\r\n\r\n")]
    public async Task What_is_no_answer_to_what_was_asked_is_a_502(string answer)
    {
        await using var origin = RawOrigin.Answering(answer);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        foreach (var body in new[] { "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 0\r\n" })
        {
            var response = await RawConnection.AskAsync(proxy.Address, $"{body}Host: shop\r\nConnection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 502 ", response, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", response, StringComparison.Ordinal);
        }

        await proxy.IdleAsync();
    }

    // As RFC 9110, section 5.5, and RFC 9112, sections 5.1 and 5.2, ask of a proxy.
    [Theory]
    [InlineData("X-A: 1\02\r\nContent-Length: 5", "X-A: 1 2")]
    [InlineData("X-A: 1\r2\r\nContent-Length: 5", "X-A: 1 2")]
    [InlineData("X-A: 1\r\n 2\r\nContent-Length: 5", "X-A: 1   2")]
    [InlineData("X-A : 1 2\r\nContent-Length: 5", "X-A: 1 2")]
    [InlineData("X-A: 1 2\r\nContent-Length : 5", "Content-Length: 5")]
    public async Task What_a_proxy_is_to_mend_is_mended(string headers, string expected)
    {
        await using var origin = RawOrigin.Answering($"HTTP/1.1 200 OK\r\n{headers}\r\n\r\nhello");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.Contains($"\r\n{expected}\r\n", response, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nhello", response, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_may_be_read_in_two_ways_never_ends_cleanly(string what, string body)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        var response = "";
        var end = await Record.ExceptionAsync(async () => response = await client.ReadToEndAsync());
        var isClean = response.EndsWith("0\r\n\r\n", StringComparison.Ordinal) || response.Contains("Content-Length: ", StringComparison.Ordinal);
        Assert.True(end is IOException || !isClean || response.StartsWith("HTTP/1.1 502 ", StringComparison.Ordinal), $"{what}: {response}");
        await proxy.IdleAsync();
    }
}
