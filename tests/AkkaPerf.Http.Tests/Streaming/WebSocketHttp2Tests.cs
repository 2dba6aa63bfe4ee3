using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Gateway;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>What is different about WebSockets whose backend is spoken to in HTTP/2.</summary>
public sealed class WebSocketHttp2Tests
{
    // The example of RFC 6455, section 1.3.
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    private const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_backend_is_asked_by_connect_and_its_subprotocol_passes(bool isHttp2)
    {
        var asked = new ConcurrentQueue<string>();
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                var connect = context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>();
                var headers = context.Request.Headers;
                asked.Enqueue(
                    $"{context.Request.Method} {connect.Protocol} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget} "
                    + $"{headers.SecWebSocketVersion} {headers.SecWebSocketProtocol} key:{headers.SecWebSocketKey} {headers["X-Mine"]} {headers.Upgrade}{headers.Connection}");
                context.Response.Headers["X-Theirs"] = "yes";
                using var socket = await context.WebSockets.AcceptWebSocketAsync("second");
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);
            },
            isHttp2: true);
        await using var proxy = await ToAsync(origin.Address);
        using var socket = await Sockets.OpenAsync(proxy, isHttp2, "/chat?x=%2F", options =>
        {
            options.AddSubProtocol("first");
            options.AddSubProtocol("second");
            options.SetRequestHeader("X-Mine", "mine");
            options.CollectHttpResponseDetails = true;
        });
        Assert.Equal("second", socket.SubProtocol);
        Assert.Equal("yes", Assert.Single(socket.HttpResponseHeaders!["X-Theirs"]));
        Assert.Equal("CONNECT websocket /chat?x=%2F 13 first, second key: mine ", Assert.Single(asked));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        await Sockets.NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task A_client_of_http_1_gets_the_accept_that_its_key_asks_for()
    {
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                context.Response.Headers["Sec-WebSocket-Accept"] = "nonsense";
                context.Response.Headers.ContentType = "text/plain";
                await using var client = await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
                await client.WriteAsync("first"u8.ToArray());
                var heard = new byte[5];
                await client.ReadExactlyAsync(heard);
                Assert.Equal("\0\r\n\u00ff!", Encoding.Latin1.GetString(heard));
                await client.WriteAsync("last"u8.ToArray());
            },
            isHttp2: true);
        await using var proxy = await ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask($"Sec-WebSocket-Key: {Key}\r\n"));
        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", head, StringComparison.Ordinal);
        foreach (var line in new[] { "Connection: Upgrade", "Upgrade: websocket", $"Sec-WebSocket-Accept: {Accept}" })
        {
            Assert.Contains($"\r\n{line}\r\n", head, StringComparison.Ordinal);
        }

        await client.ReadThroughAsync("first");
        await client.SendAsync("\0\r\n\u00ff!");
        Assert.Equal("last", await client.ReadToEndAsync());
        await Sockets.NothingOpenAsync(proxy);
    }

    // Over HTTP/2 the backend sees no key, so that it could refuse it.
    [Theory]
    [InlineData("")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSBsb25n\r\n")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        var count = 0;
        await using var origin = await Origin.StartAsync(
            _ =>
            {
                Interlocked.Increment(ref count);
                return Task.CompletedTask;
            },
            isHttp2: true);
        await using var proxy = await ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask(key));
        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadThroughAsync("\"reason\":\"malformed-request\"}");
        Assert.Equal(0, count);
        await Sockets.NothingOpenAsync(proxy);
    }

    // Any success opens a tunnel (RFC 8441, section 5), which the transport does not know of but for the usual one.
    [Theory]
    [InlineData(403, 403)]
    [InlineData(404, 404)]
    [InlineData(503, 503)]
    [InlineData(202, 502)]
    [InlineData(204, 502)]
    public async Task What_the_backend_answers_instead_passes(int answer, int status)
    {
        await using var origin = await Origin.StartAsync(
            context =>
            {
                context.Response.StatusCode = answer;
                return answer == 204 ? Task.CompletedTask : context.Response.WriteAsync("no");
            },
            isHttp2: true);
        await using var proxy = await ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask($"Sec-WebSocket-Key: {Key}\r\n"));
        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadThroughAsync(status == answer ? "no" : "\"reason\":\"backend-failed\"}");
        using var client2 = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client2.SendHeadersAsync(1, isEnd: false, Connect);
        Assert.Equal(status, (await client2.ReadOfAsync(1))!.ReadStatus());
        await Sockets.NothingOpenAsync(proxy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backend_that_offers_none_is_a_502_that_says_so(bool isHttp2)
    {
        await using var origin = RawHttp2Origin.Start((connection, stream) => connection.SendHeadersAsync(stream, isEnd: true, (":status", "204")));
        await using var proxy = await ToAsync(origin.Address);
        if (isHttp2)
        {
            using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
            await client.SendHeadersAsync(1, isEnd: false, Connect);
            Assert.Equal(502, (await client.ReadOfAsync(1))!.ReadStatus());
        }
        else
        {
            using var client = await RawConnection.OpenAsync(proxy.Address);
            await client.SendAsync(Ask($"Sec-WebSocket-Key: {Key}\r\n"));
            Assert.StartsWith("HTTP/1.1 502 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
            await client.ReadThroughAsync("\"reason\":\"backend-without-websockets\"}");
        }

        // For anything else it is as good as ever.
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(System.Net.HttpStatusCode.NoContent, response.StatusCode);
        await Sockets.NothingOpenAsync(proxy);
        Assert.Equal(0, proxy.Pipeline.Describe().Backends[0].Failed);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Auto_falls_back_to_http_1_where_tls_or_the_backend_wants_it_and_stays_there(bool isHttp2, bool isHttp2Offered)
    {
        using var certificates = new Certificates();
        using var certificate = X509Certificate2.CreateFromPemFile(certificates.Write("origin", "127.0.0.1"));
        await using var origin = await Origin.StartAsync(Sockets.EchoAsync, isHttp2: false);
        await using var without = RawHttp2Origin.Start((connection, stream) => connection.SendHeadersAsync(stream, isEnd: true, (":status", "204")));
        await using var front = new TlsFront(certificate, origin.Address, isHttp2Offered ? without.Address : null);
        await using var proxy = await Proxy.ToAsync("", http => http.BackendTls.RootsFile = certificates.RootsFile, front.Address);
        for (var i = 0; i < 2; i++)
        {
            using var socket = await Sockets.OpenAsync(proxy, isHttp2);
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            Assert.Equal("hello", Encoding.ASCII.GetString(await Sockets.ReceiveAsync(socket, 5)));
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
            await Sockets.NothingOpenAsync(proxy);
        }

        // One that was tried in HTTP/2, and one for each WebSocket.
        Assert.Equal(3, front.Count);
    }

    // The transport ends a stream of HTTP/2 by a reset, which takes what is not read yet: the backend has a while to read, and to answer.
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task The_last_words_of_a_client_that_is_gone_are_heard(bool isHttp2, bool isAnswered)
    {
        var time = new StillTime();
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                await using var client = await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
                await isGone.Task;
                await client.ReadExactlyAsync(new byte[50_000]);
                heard.SetResult();
                if (!isAnswered)
                {
                    await Assert.ThrowsAnyAsync<Exception>(async () => await client.ReadExactlyAsync(new byte[1]));
                }
            },
            isHttp2: true);
        await using var proxy = await ToAsync(origin.Address, time);
        if (isHttp2)
        {
            using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
            await client.SendHeadersAsync(1, isEnd: false, Connect);
            Assert.Equal(200, (await client.ReadOfAsync(1))!.ReadStatus());
            for (var i = 0; i < 5; i++)
            {
                await client.SendDataAsync(1, isEnd: i == 4, new string('w', 10_000));
            }

            await time.WaitedForAsync(Linger);
        }
        else
        {
            using var client = await RawConnection.OpenAsync(proxy.Address);
            await client.SendAsync(Ask($"Sec-WebSocket-Key: {Key}\r\n"));
            await client.ReadHeadAsync();
            await client.SendAsync(new string('w', 50_000));
            client.Close();
            await time.WaitedForAsync(Linger);
        }

        isGone.SetResult();
        await heard.Task;
        await Until.TrueAsync(
            () =>
            {
                if (!isAnswered)
                {
                    // More than once: it may have waited for the words first, and waits for the answer only now.
                    time.Advance(Linger);
                }

                return proxy.Pipeline.Describe().Streams == 0;
            },
            "no stream is open");
    }

    [Fact]
    public async Task To_open_one_leaves_what_is_stored_of_its_url_as_it_is()
    {
        var pages = 0;
        await using var origin = await Origin.StartAsync(
            context =>
            {
                if (HttpMethods.IsConnect(context.Request.Method))
                {
                    return Sockets.EchoAsync(context);
                }

                Interlocked.Increment(ref pages);
                context.Response.Headers.CacheControl = "max-age=60";
                return context.Response.WriteAsync("page");
            },
            isHttp2: true);
        await using var proxy = await Proxy.ToAsync("cache.enabled = on", Http2Only, origin.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = proxy.Http2Address.Authority } };
        using (var first = await proxy.Client.SendAsync(request))
        {
            Assert.Equal("page", await first.Content.ReadAsStringAsync());
        }

        using var socket = await Sockets.OpenAsync(proxy, isHttp2: true);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        await Sockets.NothingOpenAsync(proxy);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = proxy.Http2Address.Authority } };
        using (var second = await proxy.Client.SendAsync(again))
        {
            Assert.Equal("page", await second.Content.ReadAsStringAsync());
        }

        Assert.Equal(1, pages);
    }

    private static (string Name, string Value)[] Connect { get; } =
    [
        (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/"), (":authority", "shop"), ("sec-websocket-version", "13"),
    ];

    private static string Ask(string key) =>
        $"GET /chat HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nContent-Type: text/plain\r\n{key}\r\n";

    private static Task<Proxy> ToAsync(Uri origin) => Proxy.ToAsync("", Http2Only, origin);

    private static Task<Proxy> ToAsync(Uri origin, TimeProvider time) => Proxy.ToAsync(
        "",
        http =>
        {
            Http2Only(http);
            http.Time = time;
        },
        origin);

    private static void Http2Only(HttpPipelineOptions http) => http.BackendHttp = BackendHttp.Http2;
}
