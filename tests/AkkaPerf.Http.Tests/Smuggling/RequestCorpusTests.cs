using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Tests.Smuggling;

/// <summary>Requests that two readers may understand differently (RFC 9112, section 11.2): none gets past the proxy, and nothing behind it is read as another.</summary>
public sealed class RequestCorpusTests
{
    private const string Host = "Host: shop\r\n";

    // What a smuggled request would look like, had it been taken for one.
    private const string Hidden = "GET /hidden HTTP/1.1\r\nHost: shop\r\n\r\n";

    public static TheoryData<string, string> Heads => new()
    {
        { "length and chunks", Post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") },
        { "chunks and length", Post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n") },
        { "length, chunks and the name that the server gives the length", Post("X-Content-Length: 1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") },
        { "length 0 and chunks", Post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") },
        { "two lengths", Post("Content-Length: 5\r\nContent-Length: 0\r\n", "hello") },
        { "the same length twice", Post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello") },
        { "a list of lengths", Post("Content-Length: 5, 5\r\n", "hello") },
        { "a length with a sign", Post("Content-Length: +5\r\n", "hello") },
        { "a negative length", Post("Content-Length: -5\r\n", "hello") },
        { "a hexadecimal length", Post("Content-Length: 0x5\r\n", "hello") },
        { "a length beyond 64 bits", Post("Content-Length: 18446744073709551621\r\n", "hello") },
        { "a length with a space", Post("Content-Length: 5 5\r\n", "hello") },
        { "an empty length", Post("Content-Length: \r\n", "hello") },
        { "another coding", Post("Transfer-Encoding: gzip\r\n", "0\r\n\r\n") },
        { "another coding before chunked", Post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n") },
        { "another coding after chunked", Post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n") },
        { "chunked twice", Post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n") },
        { "chunked on two lines", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") },
        { "identity", Post("Transfer-Encoding: identity\r\n", "0\r\n\r\n") },
        { "chunked with a parameter", Post("Transfer-Encoding: chunked;x=1\r\n", "0\r\n\r\n") },
        { "chunked in quotes", Post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n") },
        { "chunked with a vertical tab", Post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n") },
        { "an empty coding", Post("Transfer-Encoding: \r\n", "0\r\n\r\n") },
        { "a comma before chunked", Post("Transfer-Encoding: , chunked\r\n", "0\r\n\r\n") },
        { "chunks in HTTP/1.0", $"POST / HTTP/1.0\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "a folded header", Get("X-A: 1\r\n folded\r\n") },
        { "a folded coding", Post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n") },
        { "a first header that is folded", $"GET / HTTP/1.1\r\n X-A: 1\r\n{Host}\r\n" },
        { "a bare CR in a value", Get("X-A: 1\r2\r\n") },
        { "a bare CR before a header", Get("X-A: 1\rTransfer-Encoding: chunked\r\n") },
        { "a bare LF behind a value", $"GET / HTTP/1.1\r\n{Host}X-A: 1\nX-B: 2\r\n\r\n" },
        { "a bare LF behind the request line", $"GET / HTTP/1.1\n{Host}\r\n" },
        { "bare LFs only", "GET / HTTP/1.1\nHost: shop\n\n" },
        { "a bare LF at the end of the head", $"GET / HTTP/1.1\r\n{Host}\n" },
        { "a bare CR in the request line", $"GET /\r HTTP/1.1\r\n{Host}\r\n" },
        { "a name with a space", Get("X A: 1\r\n") },
        { "a space before the colon", Get("X-A : 1\r\n") },
        { "a tab before the colon", Get("X-A\t: 1\r\n") },
        { "a space before the colon of the coding", Post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n") },
        { "an empty name", Get(": 1\r\n") },
        { "no colon", Get("X-A\r\n") },
        { "NUL in a name", Get("X\0A: 1\r\n") },
        { "NUL in a value", Get("X-A: 1\02\r\n") },
        { "NUL in the target", $"GET /\0 HTTP/1.1\r\n{Host}\r\n" },
        { "a parenthesis in a name", Get("X(A: 1\r\n") },
        { "a slash in a name", Get("X/A: 1\r\n") },
        { "quotes in a name", Get("\"X\": 1\r\n") },
        { "a control character in a name", Get("X\u0001A: 1\r\n") },
        { "a byte beyond ASCII in a name", Get("X\u00e9A: 1\r\n") },
        { "another vertical space in a name", Get("\vTransfer-Encoding: chunked\r\n") },
        { "no host", "GET / HTTP/1.1\r\nX-A: 1\r\n\r\n" },
        { "two hosts", Get("Host: other\r\n") },
        { "the same host twice", Get(Host) },
        { "two hosts in one", "GET / HTTP/1.1\r\nHost: shop, other\r\n\r\n" },
        { "a host with a path", "GET / HTTP/1.1\r\nHost: shop/other\r\n\r\n" },
        { "a host with a user", "GET / HTTP/1.1\r\nHost: user@shop\r\n\r\n" },
        { "an absolute target that is not the host", $"GET http://other/ HTTP/1.1\r\n{Host}\r\n" },
        { "an absolute target with another port", $"GET http://shop:81/ HTTP/1.1\r\n{Host}\r\n" },
        { "an absolute target with a user", $"GET http://user@shop/ HTTP/1.1\r\n{Host}\r\n" },
        { "an absolute target without a host", "GET http://shop/ HTTP/1.1\r\nX-A: 1\r\n\r\n" },
        { "a method with a parenthesis", $"G(T / HTTP/1.1\r\n{Host}\r\n" },
        { "a space in the target", $"GET /a b HTTP/1.1\r\n{Host}\r\n" },
    };

    public static TheoryData<string, string> Bodies => new()
    {
        { "a size that is no number", "zz\r\nhello\r\n0\r\n\r\n" },
        { "a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n" },
        { "a size with a sign", "+5\r\nhello\r\n0\r\n\r\n" },
        { "a negative size", "-5\r\nhello\r\n0\r\n\r\n" },
        { "a size with a space before it", " 5\r\nhello\r\n0\r\n\r\n" },
        { "a size with a space behind it", "5 \r\nhello\r\n0\r\n\r\n" },
        { "an empty size", "\r\nhello\r\n0\r\n\r\n" },
        { "a size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n" },
        { "a size that wraps at 32 bits", "100000005\r\nhello\r\n0\r\n\r\n" + Hidden },
        { "a chunk longer than its size", "4\r\nhello\r\n0\r\n\r\n" },
        { "a chunk without its end", "5\r\nhello0\r\n\r\n" },
        { "a chunk that ends with LF", "5\r\nhello\n0\r\n\r\n" },
        { "a chunk that ends with CR and something else", "5\r\nhello\rX0\r\n\r\n" },
        { "a size that ends with LF", "5\nhello\r\n0\r\n\r\n" },
        { "an extension with a lone LF", "5;a\nhello\r\n0\r\n\r\n" + Hidden },
        { "an extension with a lone CR", "5;a\rb\r\nhello\r\n0\r\n\r\n" + Hidden },
        { "an extension of the last chunk with a lone LF", "5\r\nhello\r\n0;a\n\r\n" + Hidden },
        { "a trailer without a colon", "5\r\nhello\r\n0\r\nX\r\n\r\n" },
        { "a folded trailer", "5\r\nhello\r\n0\r\nX: 1\r\n 2\r\n\r\n" },
        { "a trailer with a bare LF", "5\r\nhello\r\n0\r\nX: 1\nY: 2\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task A_head_that_may_be_read_in_two_ways_is_refused_and_reaches_nobody(string what, string request)
    {
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync(origin.Address);

        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(request + Hidden);
        var response = await client.ReadToEndAsync(TimeSpan.FromSeconds(10));

        // To a length set aside twice the server has no answer but to close.
        Assert.True(response.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal) || (response.Length == 0 && request.Contains("X-Content-Length", StringComparison.Ordinal)), $"{what}: {response}");
        Assert.Equal(response.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal), response.IndexOf("HTTP/1.1 ", StringComparison.Ordinal));
        await proxy.IdleAsync();
        Assert.Equal("", origin.Received);
    }

    // Its head may have gone on before its body is known to be bad: then the backend's connection is broken off in the middle of the message.
    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_may_be_read_in_two_ways_is_refused_and_never_ends_at_the_backend(string what, string body)
    {
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync(origin.Address);

        // The test sends no more than this, so a chunk that claims more must be known to be bad, or end with the connection.
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"POST /body HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n{body}");
        client.Close();
        var response = await client.ReadToEndAsync();

        Assert.True(response.Length == 0 || response.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal), $"{what}: {response}");
        await proxy.IdleAsync();
        Assert.DoesNotContain("0\r\n\r\n", origin.Received, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden HTTP", origin.Received, StringComparison.Ordinal);
    }

    // As above, but the client goes on listening and sending.
    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Nothing_that_follows_a_bad_body_is_a_request(string what, string body)
    {
        if (what is "a chunk longer than its size" or "a chunk without its end")
        {
            // What is sent does not show yet that it is bad.
            body += Hidden;
        }

        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync(origin.Address);

        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"POST /body HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n{body}{Hidden}{Hidden}");
        var response = await client.ReadToEndAsync();

        Assert.True(response.Length == 0 || response.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal), $"{what}: {response}");
        Assert.Equal(response.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal), response.IndexOf("HTTP/1.1 ", StringComparison.Ordinal));
        await proxy.IdleAsync();
        Assert.DoesNotContain("hidden HTTP", origin.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_sent_in_one_go_are_forwarded_one_by_one_and_answered_in_order()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            var body = connection.Head.StartsWith("POST", StringComparison.Ordinal) ? await connection.ReadThroughAsync("0\r\n\r\n") : "";
            var said = connection.Head.Split(' ')[1] + body.Replace("\r\n", "|", StringComparison.Ordinal);
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {said.Length}\r\nConnection: close\r\n\r\n{said}");
            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(
            proxy.Address,
            $"GET /1 HTTP/1.1\r\n{Host}\r\n"
            + $"POST /2 HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n24\r\n{Hidden}\r\n0\r\n\r\n"
            + $"HEAD /3 HTTP/1.1\r\n{Host}\r\n"
            + $"GET /4 HTTP/1.1\r\n{Host}Content-Length: 0\r\n\r\n"
            + $"GET /5 HTTP/1.1\r\n{Host}Connection: close\r\n\r\n"
            + Hidden);

        Assert.Equal(["GET /1", "POST /2", "HEAD /3", "GET /4", "GET /5"], origin.Heads.Select(static head => head.Split(" HTTP/")[0]));
        Assert.Equal(
            ["/1", "/224|GET /hidden HTTP/1.1|Host: shop|||0||", "", "/4", "/5"],
            response.Split("HTTP/1.1 200 OK\r\n").Skip(1).Select(static answer => answer.Split("\r\n\r\n", 2)[1]));
        await proxy.IdleAsync();
    }

    // Of a connection that is over the server reads no body to its end: what it finds behind what it has read may be none of the client's requests.
    [Theory]
    [InlineData("GET", "", false)]
    [InlineData("GET", "", true)]
    [InlineData("POST", "Content-Length: 0\r\n", false)]
    [InlineData("POST", "Content-Length: 0\r\n", true)]
    public async Task What_is_found_on_a_connection_that_is_over_reaches_nobody(string method, string length, bool isTokenLate)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync(
            "",
            configure: null,
            app =>
            {
                app.Use(async (context, next) =>
                {
                    var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    using var _ = (isTokenLate ? context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed : context.RequestAborted).Register(isOver.SetResult);
                    context.Abort();
                    await isOver.Task;
                    if (isTokenLate)
                    {
                        // As the server's is while nobody has come to cancel it.
                        context.RequestAborted = CancellationToken.None;
                    }

                    await next(context);
                    ended.SetResult();
                });
                app.MapPipeline("/{**path}", "shop");
            },
            origin.Address);

        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"{method} /hidden HTTP/1.1\r\n{Host}{length}\r\n");
        await ended.Task;
        await proxy.IdleAsync();
        Assert.Equal("", origin.Received);
    }

    // The server has it that an endpoint which writes nothing is content, and does not know yet that the connection is over.
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task What_is_found_on_a_connection_that_is_over_is_not_said_to_be_well(string method)
    {
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync(
            "",
            configure: null,
            static app =>
            {
                app.Use(static (context, next) =>
                {
                    context.Features.Set<IConnectionLifetimeFeature>(new OverConnection());
                    return next(context);
                });
                app.MapPipeline("/{**path}", "shop");
            },
            origin.Address);

        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"{method} /hidden HTTP/1.1\r\n{Host}Content-Length: 0\r\n\r\n");
        var response = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", response, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", response, StringComparison.Ordinal);
        Assert.Equal("", origin.Received);
    }

    // The server does not say so by its own kind of exception, yet it is no fault of the backend's.
    [Theory]
    [InlineData("100000005")]
    [InlineData("10000000000000005")]
    public async Task A_size_beyond_what_is_counted_to_is_the_client_s_fault(string size)
    {
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync(origin.Address);

        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"POST /body HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n{size}\r\nhello\r\n0\r\n\r\n");
        var response = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", response, StringComparison.Ordinal);
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Backends.Sum(backend => backend.Failed));
    }

    private static string Get(string headers) => $"GET / HTTP/1.1\r\n{Host}{headers}\r\n";

    private static string Post(string headers, string body) => $"POST / HTTP/1.1\r\n{Host}{headers}\r\n{body}";

    private sealed class OverConnection : IConnectionLifetimeFeature
    {
        public CancellationToken ConnectionClosed { get; set; } = new(canceled: true);

        public void Abort()
        {
        }
    }
}
