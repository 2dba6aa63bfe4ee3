using System.Net;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>Server-sent events: streams from their head on.</summary>
public sealed class EventTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";
    private const string Ask = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n";

    [Fact]
    public async Task Events_arrive_one_by_one_and_hold_neither_permit_nor_slot()
    {
        var next = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Head);
            for (var i = 1; i <= 3; i++)
            {
                await next.WaitAsync();
                await connection.SendAsync($"data: {i}\n\n");
            }

            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        Assert.Contains("text/event-stream", await client.ReadHeadAsync(), StringComparison.Ordinal);
        for (var i = 1; i <= 3; i++)
        {
            await proxy.IdleAsync();
            Assert.Equal(1, proxy.Pipeline.Describe().Streams);
            next.Release();
            await client.ReadThroughAsync($"data: {i}\n\n");
        }

        await client.ReadThroughAsync("0\r\n\r\n");
        await NothingOpenAsync(proxy);
        Assert.Equal(1, proxy.Pipeline.Describe().Backends[0].Succeeded);
    }

    [Fact]
    public async Task Events_that_answer_a_body_are_a_stream_as_well()
    {
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await mayEnd.Task;
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(new byte[100_000]) };
        using var response = await proxy.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        await proxy.IdleAsync();
        Assert.Equal(1, proxy.Pipeline.Describe().Streams);
        mayEnd.SetResult();
        Assert.Equal("data: 1\n\n", await response.Content.ReadAsStringAsync());
        await NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task Too_many_are_refused_before_their_head()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Head);
            await connection.ReadToEndAsync();
        });
        await using var proxy = await Proxy.ToAsync("", http => http.MaxStreams = 1, origin.Address);
        using var first = await RawConnection.OpenAsync(proxy.Address);
        await first.SendAsync(Ask);
        await first.ReadHeadAsync();
        using var second = await proxy.Client.GetAsync("/other");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.Contains("\"reason\":\"too-many-streams\"", await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Backends[0].Failed);
        first.Abort();
        await NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task Silence_is_no_reason_to_end_one()
    {
        var time = new FakeTimeProvider();
        var next = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Head + "data: 1\n\n");
            await next.WaitAsync();
            await connection.SendAsync("data: 2\n\n");
            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync("", http => http.Time = time, origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        await client.ReadThroughAsync("data: 1\n\n");
        time.Advance(TimeSpan.FromHours(2));
        next.Release();
        await client.ReadThroughAsync("data: 2\n\n");
    }

    [Fact]
    public async Task A_drain_ends_them_when_it_is_over()
    {
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Head + "data: 1\n\n");
            await connection.ReadToEndAsync();
            isGone.SetResult();
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        await client.ReadThroughAsync("data: 1\n\n");
        await proxy.IdleAsync();
        await proxy.Pipeline.DrainAsync();
        var end = await Record.ExceptionAsync(async () => Assert.DoesNotContain("0\r\n\r\n", await client.ReadToEndAsync(), StringComparison.Ordinal));
        Assert.True(end is null or IOException, $"{end}");
        await isGone.Task;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_or_a_backend_that_breaks_off_ends_it(bool isBackend)
    {
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayBreak = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\n\r\n");
            if (isBackend)
            {
                await mayBreak.Task;
                connection.Abort();
                return;
            }

            await connection.ReadToEndAsync();
            isGone.SetResult();
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        await client.ReadHeadAsync();
        await proxy.IdleAsync();
        if (isBackend)
        {
            mayBreak.SetResult();
            var end = await Record.ExceptionAsync(async () => Assert.DoesNotContain("0\r\n\r\n", await client.ReadToEndAsync(), StringComparison.Ordinal));
            Assert.True(end is null or IOException, $"{end}");
        }
        else
        {
            client.Abort();
            await isGone.Task;
        }

        await NothingOpenAsync(proxy);
    }

    // The server's own clock: its rates are per second, and a grace of a second is the shortest that it takes.
    [Fact]
    public async Task A_minimum_rate_does_not_end_a_silent_one()
    {
        await using var origin = await Origin.StartAsync(
            context => context.WebSockets.IsWebSocketRequest ? Sockets.EchoAsync(context) : context.Request.Body.CopyToAsync(Stream.Null));
        await using var proxy = await Proxy.WithServerAsync(
            kestrel =>
            {
                kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(1_000_000, TimeSpan.FromSeconds(1.5));
                kestrel.Limits.MinResponseDataRate = new MinDataRate(1_000_000, TimeSpan.FromSeconds(1.5));
            },
            "",
            configure: null,
            origin.Address);
        using var http1 = await Sockets.OpenAsync(proxy, isHttp2: false);
        using var http2 = await Sockets.OpenAsync(proxy, isHttp2: true);

        // An ordinary body that stands still is ended by them; by then they have looked at the others as well, which began earlier.
        using var slow = await RawConnection.OpenAsync(proxy.Address);
        await slow.SendAsync("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nhalf");
        Assert.StartsWith("HTTP/1.1 408 ", await slow.ReadToEndAsync(), StringComparison.Ordinal);
        foreach (var socket in new[] { http1, http2 })
        {
            await socket.SendAsync("still"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            await Sockets.ReceiveAsync(socket, 5);
        }
    }

    private static async Task NothingOpenAsync(Proxy proxy)
    {
        await proxy.IdleAsync();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Streams == 0, "no stream is open");
    }
}
