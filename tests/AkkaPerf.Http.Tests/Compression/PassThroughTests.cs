using System.Net;
using System.Text;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>What a client gets of a response that is compressed on its way, and what it gets of one that is not.</summary>
public sealed class PassThroughTests
{
    private static readonly byte[] Body = Texts.Of(50_000);

    [Theory]
    [InlineData("gzip", ContentCoding.Gzip)]
    [InlineData("br", ContentCoding.Br)]
    [InlineData("zstd", ContentCoding.Zstd)]
    [InlineData("gzip, deflate, br, zstd", ContentCoding.Zstd)]
    [InlineData("br;q=0.5, gzip", ContentCoding.Gzip)]
    [InlineData("", ContentCoding.Identity)]
    [InlineData(null, ContentCoding.Identity)]
    public async Task A_body_comes_in_the_coding_that_the_client_likes_best(string? accepts, ContentCoding coding)
    {
        await using var origin = await StartAsync(context =>
        {
            context.Response.ContentLength = Body.Length;
            context.Response.Headers.AcceptRanges = "bytes";
            context.Response.Headers.ETag = "\"abc\"";
            context.Response.Headers["Content-MD5"] = "x";
            context.Response.Headers["Repr-Digest"] = "x";
            context.Response.Headers.Vary = "Accept";
            return context.Response.Body.WriteAsync(Body).AsTask();
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var answer = await AskAsync(proxy, accepts);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(Body, Decoded.Whole(coding, bytes));
        Assert.Equal("Accept, Accept-Encoding", string.Join(", ", answer.Headers.Vary));
        var isCoded = coding != ContentCoding.Identity;
        Assert.Equal(isCoded ? [CodingNames.Of(coding)] : [], answer.Content.Headers.ContentEncoding);
        Assert.Equal($"\"abc{CodingNames.SuffixOf(coding)}\"", answer.Headers.ETag!.ToString());
        Assert.Equal(!isCoded, answer.Headers.Contains("Accept-Ranges"));
        Assert.Equal(!isCoded, answer.Headers.Contains("Repr-Digest"));
        Assert.Equal(!isCoded, answer.Content.Headers.Contains("Content-MD5"));
        Assert.Equal(isCoded, bytes.Length < Body.Length / 2);
    }

    [Theory]
    [InlineData("text/html", "", 2000, true)]
    [InlineData("image/png", "", 2000, false)]
    [InlineData("text/html", "", 1023, false)]
    [InlineData("text/html", "", 1024, true)]
    [InlineData("text/html", "Content-Encoding: gzip", 2000, false)]
    [InlineData("text/html", "Content-Encoding: identity", 2000, false)]
    [InlineData("text/html", "Cache-Control: public, no-transform", 2000, false)]
    [InlineData("text/html", "Signature-Input: sig1=()", 2000, false)]
    [InlineData("text/html", "Content-Range: bytes 0-1999/3000", 2000, false)]
    [InlineData("text/event-stream", "", 2000, false)]
    [InlineData("application/grpc", "", 2000, false)]
    [InlineData("", "", 2000, false)]
    public async Task What_must_not_be_compressed_passes_byte_for_byte_and_without_a_word(string type, string header, int length, bool isCompressed)
    {
        await using var origin = RawOrigin.Answering(
            $"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{(type.Length > 0 ? $"Content-Type: {type}\r\n" : "")}{(header.Length > 0 ? $"{header}\r\n" : "")}Connection: close\r\n\r\n{new string('a', length)}");
        await using var proxy = await CompressingProxy.ToAsync(options => options.Types.Add("application/*"), origin.Address);
        using var answer = await AskAsync(proxy, "gzip");
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(isCompressed, bytes.Length < length);
        Assert.Equal(isCompressed, answer.Headers.Vary.Contains("Accept-Encoding"));
        Assert.Equal(new string('a', length), Encoding.ASCII.GetString(Decoded.Whole(isCompressed ? ContentCoding.Gzip : ContentCoding.Identity, bytes)));
    }

    [Theory]
    [InlineData("Cache-Control", "no-transform")]
    [InlineData("Range", "bytes=0-10")]
    public async Task A_request_may_want_it_as_it_is(string name, string value)
    {
        await using var origin = await StartAsync(context => context.Response.Body.WriteAsync(Body).AsTask());
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var answer = await AskAsync(proxy, "gzip", (name, value));
        Assert.Equal(Body, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
    }

    [Fact]
    public async Task A_part_passes_and_says_what_the_whole_would()
    {
        await using var origin = RawOrigin.Answering(
            "HTTP/1.1 206 Partial Content\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-3/9999\r\nContent-Length: 4\r\nETag: \"abc\"\r\nAccept-Ranges: bytes\r\nConnection: close\r\n\r\naaaa");
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var answer = await AskAsync(proxy, "gzip", ("Range", "bytes=0-3"));
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal("aaaa", await answer.Content.ReadAsStringAsync());
        Assert.Equal("\"abc\"", answer.Headers.ETag!.ToString());
        Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
        Assert.Equal(["bytes"], answer.Headers.AcceptRanges);
    }

    [Fact]
    public async Task Head_tells_what_get_would()
    {
        await using var origin = await StartAsync(async context =>
        {
            context.Response.ContentLength = Body.Length;
            context.Response.Headers.ETag = "\"abc\"";
            if (HttpMethods.IsGet(context.Request.Method))
            {
                await context.Response.Body.WriteAsync(Body);
            }
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        var get = await HeadOfAsync("GET");
        var head = await HeadOfAsync("HEAD");
        Assert.Contains("Content-Encoding: gzip", head, StringComparison.Ordinal);
        Assert.Contains("ETag: \"abc-gzip\"", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length", head, StringComparison.Ordinal);

        // How long it becomes is known only once it has been compressed, and may be left out then (RFC 9110, section 9.3.2).
        Assert.Equal(WithoutFraming(get), WithoutFraming(head));

        async Task<string> HeadOfAsync(string method)
        {
            var answer = await RawConnection.AskAsync(proxy.Address, $"{method} / HTTP/1.1\r\nHost: shop\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
            return answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        }

        static IEnumerable<string> WithoutFraming(string head) => head.Split("\r\n").Where(line =>
            !line.StartsWith("Content-Length", StringComparison.Ordinal) && !line.StartsWith("Transfer-Encoding", StringComparison.Ordinal) && !line.StartsWith("Date", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(201)]
    public async Task Answers_of_every_status_with_a_body_are_compressed(int status)
    {
        await using var origin = await StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.Body.WriteAsync(Body).AsTask();
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var answer = await AskAsync(proxy, "br");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(Body, Decoded.Whole(ContentCoding.Br, await answer.Content.ReadAsByteArrayAsync()));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task Answers_without_a_body_are_left_alone(int status)
    {
        await using var origin = RawOrigin.Answering($"HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\nETag: \"abc\"\r\nConnection: close\r\n\r\n");
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var answer = await AskAsync(proxy, "br");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Equal("\"abc\"", answer.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task A_client_over_http2_gets_the_same()
    {
        await using var origin = await StartAsync(context => context.Response.Body.WriteAsync(Body).AsTask());
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var message = new HttpRequestMessage(HttpMethod.Get, proxy.Http2Address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "zstd");
        using var answer = await proxy.Client.SendAsync(message);
        Assert.Equal(Body, Decoded.Whole(ContentCoding.Zstd, await answer.Content.ReadAsByteArrayAsync()));
    }

    [Fact]
    public async Task Trailers_follow_a_compressed_body_but_for_digests_of_the_other_bytes()
    {
        await using var origin = RawOrigin.Answering(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nContent-Digest: x\r\n\r\n");
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var message = new HttpRequestMessage(HttpMethod.Get, proxy.Http2Address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        using var answer = await proxy.Client.SendAsync(message);
        Assert.Equal("abc"u8.ToArray(), Decoded.Whole(ContentCoding.Gzip, await answer.Content.ReadAsByteArrayAsync()));
        Assert.Equal("x-sum", Assert.Single(answer.TrailingHeaders).Key, ignoreCase: true);
    }

    [Fact]
    public async Task A_body_that_comes_at_once_says_how_long_it_is()
    {
        await using var origin = RawOrigin.Answering($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2000\r\nConnection: close\r\n\r\n{new string('a', 2000)}");
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var answer = await AskAsync(proxy, "gzip");
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.Content.Headers.ContentLength is null || answer.Content.Headers.ContentLength == bytes.Length);
        Assert.Equal(2000, Decoded.Whole(ContentCoding.Gzip, bytes).Length);
    }

    [Theory]
    [InlineData(ContentCoding.Br)]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Zstd)]
    public async Task A_large_body_streams_through(ContentCoding coding)
    {
        var body = Texts.Of(3_000_000);
        await using var origin = await StartAsync(context => context.Response.Body.WriteAsync(body).AsTask());
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var answer = await AskAsync(proxy, CodingNames.Of(coding));
        Assert.Equal(body, Decoded.Whole(coding, await answer.Content.ReadAsByteArrayAsync()));
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_route_without_compression_adds_nothing()
    {
        await using var origin = await StartAsync(context => context.Response.Body.WriteAsync(Body).AsTask());
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var answer = await AskAsync(proxy, "gzip");
        Assert.Empty(answer.Headers.Vary);
        Assert.Equal(Body, await answer.Content.ReadAsByteArrayAsync());
    }

    internal static async Task<HttpResponseMessage> AskAsync(Proxy proxy, string? accepts, params (string Name, string Value)[] headers)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/");
        if (accepts is not null)
        {
            message.Headers.TryAddWithoutValidation("Accept-Encoding", accepts);
        }

        foreach (var (name, value) in headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return await proxy.Client.SendAsync(message);
    }

    private static Task<Origin> StartAsync(RequestDelegate handle) => Origin.StartAsync(context =>
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return handle(context);
    });
}
