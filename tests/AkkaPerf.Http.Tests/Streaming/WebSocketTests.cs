using System.Net.WebSockets;
using System.Text;
using AkkaPerf.Backends;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Streaming;

public sealed class WebSocketTests
{
    private const string Ask =
        "GET /chat?x=%2F HTTP/1.1\r\nHost: shop\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

    private const string Switch =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

    // More than all buffers on the way hold together.
    private const int Large = 4 * 1024 * 1024;

    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    public static TheoryData<bool, BackendKind> Ways => new()
    {
        { false, BackendKind.Http1 },
        { true, BackendKind.Http1 },
        { false, BackendKind.Http2 },
        { true, BackendKind.Http2 },
        { false, BackendKind.Tls },
        { true, BackendKind.Tls },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Messages_go_both_ways_and_hold_neither_permit_nor_slot(bool isHttp2, BackendKind kind)
    {
        await using var origin = await SocketBackend.StartAsync(kind, Sockets.EchoAsync);
        await using var proxy = await origin.ProxyAsync();
        using var socket = await Sockets.OpenAsync(proxy, isHttp2);
        await proxy.IdleAsync();
        Assert.Equal(1, proxy.Pipeline.Describe().Streams);

        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        Assert.Equal("hello", Encoding.ASCII.GetString(await Sockets.ReceiveAsync(socket, 5)));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);

        Assert.Equal((WebSocketCloseStatus.NormalClosure, "bye"), (socket.CloseStatus, socket.CloseStatusDescription));
        await Sockets.NothingOpenAsync(proxy);
        Assert.Equal(1, proxy.Pipeline.Describe().Backends[0].Succeeded);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Large_messages_come_back_whole(bool isHttp2, BackendKind kind)
    {
        await using var origin = await SocketBackend.StartAsync(kind, Sockets.EchoAsync);
        await using var proxy = await origin.ProxyAsync();
        using var socket = await Sockets.OpenAsync(proxy, isHttp2);
        var bytes = new byte[Large];
        new Random(1).NextBytes(bytes);
        var sending = socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        Assert.Equal(bytes, await Sockets.ReceiveAsync(socket, bytes.Length));
        await sending;
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        await Sockets.NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task The_handshake_passes_as_it_is_and_every_byte_behind_it()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Switch + "first");
            Assert.Equal("\0\r\n\u00ff!", await connection.ReadThroughAsync("!"));
            await connection.SendAsync("last");
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        foreach (var line in new[] { "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Protocol: chat" })
        {
            Assert.Contains($"\r\n{line}\r\n", head, StringComparison.Ordinal);
        }

        await client.ReadThroughAsync("first");
        await client.SendAsync("\0\r\n\u00ff!");
        Assert.Equal("last", await client.ReadToEndAsync());
        var asked = Assert.Single(origin.Heads);
        Assert.StartsWith("GET /chat?x=%2F HTTP/1.1\r\n", asked, StringComparison.Ordinal);
        foreach (var line in new[] { "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13" })
        {
            Assert.Contains($"\r\n{line}\r\n", asked, StringComparison.Ordinal);
        }

        await Sockets.NothingOpenAsync(proxy);
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, "no")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage", 200, "page")]
    [InlineData("HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\nContent-Length: 0\r\n\r\n", 426, "")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n", 502, "\"reason\":\"backend-failed\"}")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", 502, "\"reason\":\"backend-failed\"}")]
    public async Task What_the_backend_answers_instead_passes(string answer, int status, string end)
    {
        await using var origin = RawOrigin.Answering(answer);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        if (end.Length > 0)
        {
            await client.ReadThroughAsync(end);
        }

        await Sockets.NothingOpenAsync(proxy);
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage", 502)]
    [InlineData(Switch, 502)]
    public async Task Over_http_2_a_success_that_is_no_websocket_is_none(string answer, int status)
    {
        await using var origin = RawOrigin.Answering(answer);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: false, Connect("websocket"));
        Assert.Equal(status, (await client.ReadOfAsync(1))!.ReadStatus());
        await Sockets.NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task Other_tunnels_are_not_offered()
    {
        await using var origin = RawOrigin.Answering(Switch);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: false, Connect("connect-udp"));
        Assert.Equal(501, (await client.ReadOfAsync(1))!.ReadStatus());
        Assert.Empty(origin.Heads);
    }

    [Theory]
    [InlineData(BackendKind.Http1)]
    [InlineData(BackendKind.Http2)]
    public async Task A_backend_that_cannot_be_reached_is_passed_over(BackendKind kind)
    {
        await using var origin = await SocketBackend.StartAsync(kind, Sockets.EchoAsync);
        using var closed = new ClosedPort();
        await using var proxy = await origin.ProxyAsync(time: null, "balancing.policy = round-robin", closed.Address);
        for (var i = 0; i < 4; i++)
        {
            using var socket = await Sockets.OpenAsync(proxy, isHttp2: false);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        }

        await Sockets.NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task Equal_handshakes_share_nothing()
    {
        await using var origin = await Origin.StartAsync(Sockets.EchoAsync);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var sockets = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Sockets.OpenAsync(proxy, isHttp2: false)));
        Assert.Equal(10, proxy.Pipeline.Describe().Streams);
        foreach (var socket in sockets)
        {
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
            socket.Dispose();
        }

        await Sockets.NothingOpenAsync(proxy);
        Assert.Equal(10, proxy.Pipeline.Describe().Backends[0].Succeeded);
    }

    [Fact]
    public async Task Too_many_are_refused_before_the_backend_is_asked()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Switch);
            await connection.ReadToEndAsync();
        });
        await using var proxy = await Proxy.ToAsync("", http => http.MaxStreams = 1, origin.Address);
        using var first = await RawConnection.OpenAsync(proxy.Address);
        await first.SendAsync(Ask);
        await first.ReadHeadAsync();
        using var second = await RawConnection.OpenAsync(proxy.Address);
        await second.SendAsync(Ask);
        Assert.StartsWith("HTTP/1.1 503 ", await second.ReadHeadAsync(), StringComparison.Ordinal);
        await second.ReadThroughAsync("\"reason\":\"too-many-streams\"}");
        Assert.Single(origin.Heads);
        first.Abort();
        await Sockets.NothingOpenAsync(proxy);
        using var third = await RawConnection.OpenAsync(proxy.Address);
        await third.SendAsync(Ask);
        Assert.StartsWith("HTTP/1.1 101 ", await third.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, BackendKind.Http1, false)]
    [InlineData(false, BackendKind.Http1, true)]
    [InlineData(true, BackendKind.Http1, false)]
    [InlineData(true, BackendKind.Http1, true)]
    [InlineData(false, BackendKind.Http2, false)]
    [InlineData(false, BackendKind.Http2, true)]
    [InlineData(true, BackendKind.Http2, false)]
    [InlineData(true, BackendKind.Http2, true)]
    public async Task An_end_that_breaks_off_breaks_the_other_off(bool isHttp2, BackendKind kind, bool isBackend)
    {
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await SocketBackend.StartAsync(kind, async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync("begun"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            if (isBackend)
            {
                await socket.ReceiveAsync(new byte[1], CancellationToken.None);
                context.Abort();
                return;
            }

            await Assert.ThrowsAnyAsync<Exception>(async () => await socket.ReceiveAsync(new byte[1], CancellationToken.None));
            isOver.SetResult();
        });
        var time = new StillTime();
        await using var proxy = await origin.ProxyAsync(time);
        using var client = await Sockets.OpenAsync(proxy, isHttp2);
        await Sockets.ReceiveAsync(client, 5);
        if (isBackend)
        {
            await client.SendAsync("!"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            await Assert.ThrowsAsync<WebSocketException>(() => client.ReceiveAsync(new byte[1], CancellationToken.None));
        }
        else
        {
            client.Abort();
            await Until.TrueAsync(
                () =>
                {
                    // It may have had a while for its last words.
                    time.Advance(Linger);
                    return isOver.Task.IsCompleted;
                },
                "the backend has heard of it");
        }

        await Sockets.NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task A_client_that_says_no_more_is_heard_to_its_end()
    {
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Switch);
            heard.SetResult(await connection.ReadToEndAsync());
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        await client.ReadHeadAsync();
        await client.SendAsync(new string('w', 100_000));
        client.Close();
        Assert.Equal(100_000, (await heard.Task).Length);
        await Sockets.NothingOpenAsync(proxy);
    }

    // The transport has no half-closed connections: the backend learns of the client's end when its own last words are through, or do not come.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_http_2_it_is_answered_for_a_while(bool isAnswered)
    {
        var time = new StillTime();
        await using var origin = RawOrigin.Start(async connection =>
        {
            var key = connection.Head.Split("Sec-WebSocket-Key: ")[1].Split("\r\n")[0];
            await connection.SendAsync(Switch.Replace("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", Sockets.Seal(key), StringComparison.Ordinal));
            await connection.ReadThroughAsync("words");
            if (isAnswered)
            {
                await connection.SendAsync("bye");
                return;
            }

            Assert.Equal("", await connection.ReadToEndAsync());
        });
        await using var proxy = await Proxy.ToAsync("", http => http.Time = time, origin.Address);
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: false, Connect("websocket"));
        Assert.Equal(200, (await client.ReadOfAsync(1))!.ReadStatus());
        await client.SendDataAsync(1, isEnd: true, "words");
        if (isAnswered)
        {
            // The end may come with the last words or behind them.
            var words = (await client.ReadOfAsync(1))!;
            Assert.Equal("bye"u8.ToArray(), words.Payload);
            Assert.True(words.IsEnd || (await client.ReadOfAsync(1))!.IsEnd);
        }
        else
        {
            await time.WaitedForAsync(Linger);
            time.Advance(Linger);
            Assert.Equal(Http2Frame.Reset, (await client.ReadOfAsync(1))!.Type);
        }

        await Sockets.NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task An_end_that_does_not_read_holds_the_other_back()
    {
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var received = 0L;
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Switch);
            await mayRead.Task;
            Volatile.Write(ref received, await connection.CountToEndAsync());
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        await client.ReadHeadAsync();
        const long All = 64L * 1024 * 1024;
        var sent = 0L;
        var sending = Task.Run(async () =>
        {
            var chunk = new byte[64 * 1024];
            while (Volatile.Read(ref sent) < All)
            {
                await client.SendAsync(chunk);
                Interlocked.Add(ref sent, chunk.Length);
            }

            client.Close();
        });

        // Long enough for all of it to flow past, if nothing held it back.
        var before = -1L;
        while (before != Volatile.Read(ref sent))
        {
            before = Volatile.Read(ref sent);
            for (var i = 0; i < 50; i++)
            {
                await RawConnection.AskAsync(proxy.Address, "OPTIONS * HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
            }
        }

        Assert.InRange(before, 1, All / 2);
        mayRead.SetResult();
        await sending;
        await Sockets.NothingOpenAsync(proxy);
        await Until.TrueAsync(() => Volatile.Read(ref received) == All, "all has arrived");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_drain_ends_them_when_it_is_over(bool isHttp2, BackendKind kind)
    {
        await using var origin = await SocketBackend.StartAsync(kind, Sockets.EchoAsync);
        await using var proxy = await origin.ProxyAsync();
        using var socket = await Sockets.OpenAsync(proxy, isHttp2);
        var receiving = socket.ReceiveAsync(new byte[1], CancellationToken.None);
        await proxy.Pipeline.DrainAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => receiving);
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Streams == 0, "none is open");
    }

    [Fact]
    public async Task A_backend_removed_keeps_those_it_has()
    {
        await using var origin = await Origin.StartAsync(Sockets.EchoAsync);
        await using var other = await Origin.StartAsync(context => context.Response.WriteAsync("other"));
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var socket = await Sockets.OpenAsync(proxy, isHttp2: false);
        proxy.Pipeline.Backends!.Apply([new BackendOptions { Id = "other", Address = other.Address }]);
        Assert.Equal("other", await proxy.Client.GetStringAsync("/"));
        await socket.SendAsync("still"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        Assert.Equal("still", Encoding.ASCII.GetString(await Sockets.ReceiveAsync(socket, 5)));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        await Sockets.NothingOpenAsync(proxy);
    }

    private static (string Name, string Value)[] Connect(string protocol) =>
    [
        (":method", "CONNECT"), (":protocol", protocol), (":scheme", "http"), (":path", "/"), (":authority", "shop"), ("sec-websocket-version", "13"),
    ];
}
