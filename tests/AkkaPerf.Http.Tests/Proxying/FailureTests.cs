using System.Net;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Proxying;

public sealed class FailureTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";

    [Fact]
    public async Task A_backend_that_cannot_be_reached_is_a_502_that_tells_nothing_of_it()
    {
        using var closed = new ClosedPort();
        await using var proxy = await Proxy.ToAsync(closed.Address);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            """{"type":"about:blank","title":"Bad Gateway","status":502,"reason":"backend-unreachable"}""",
            await response.Content.ReadAsStringAsync());
        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(501, false)]
    [InlineData(505, false)]
    [InlineData(429, false)]
    [InlineData(404, false)]
    public async Task A_server_error_passes_unchanged_and_counts_against_its_backend(int status, bool isFailure)
    {
        await using var origin = await Origin.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("sorry");
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal((status, "sorry"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        await proxy.IdleAsync();
        var backend = Assert.Single(proxy.Pipeline.Describe().Backends);
        Assert.Equal(isFailure ? (0, 1) : (1, 0), (backend.Succeeded, backend.Failed));
    }

    [Fact]
    public async Task A_request_whose_connect_failed_goes_to_another_backend_with_its_body()
    {
        await using var origin = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        using var closed = new ClosedPort();
        await using var proxy = await Proxy.ToAsync(closed.Address, origin.Address);
        for (var i = 0; i < 20; i++)
        {
            using var response = await proxy.Client.PostAsync("/", new StringContent("hello"));
            Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("GET", "", true)]
    [InlineData("HEAD", "", true)]
    [InlineData("OPTIONS", "", true)]
    [InlineData("DELETE", "", true)]
    [InlineData("PUT", "Content-Length: 0\r\n", true)]
    [InlineData("PUT", "Content-Length: 1\r\n", false)]
    [InlineData("POST", "Content-Length: 0\r\n", false)]
    [InlineData("PATCH", "Content-Length: 0\r\n", false)]
    public async Task A_connection_that_breaks_before_the_head_costs_no_request_that_may_be_repeated(string method, string framing, bool isRepeated)
    {
        await using var dying = RawOrigin.Start(connection =>
        {
            connection.Abort();
            return Task.CompletedTask;
        });
        await using var other = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("balancing.policy = round-robin", configure: null, dying.Address, other.Address);
        var body = framing.Contains('1', StringComparison.Ordinal) ? "x" : "";
        var statuses = new List<string>();

        // The first or the second.
        for (var i = 0; dying.Heads.IsEmpty; i++)
        {
            var response = await RawConnection.AskAsync(proxy.Address, $"{method} /{i} HTTP/1.1\r\nHost: shop\r\n{framing}Connection: close\r\n\r\n{body}");
            statuses.Add(response.Split(' ')[1]);
        }

        Assert.InRange(statuses.Count, 1, 2);
        Assert.Equal(isRepeated ? "200" : "502", statuses[^1]);
        Assert.All(statuses.SkipLast(1), static status => Assert.Equal("200", status));
        Assert.Single(dying.Heads);
        Assert.Equal(isRepeated ? statuses.Count : statuses.Count - 1, other.Heads.Count);
        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 2")]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nBroken header\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")]
    public async Task A_backend_that_fails_before_its_head_is_a_502(string answer)
    {
        await using var origin = RawOrigin.Answering(answer);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, Get);
        Assert.StartsWith("HTTP/1.1 502 ", response, StringComparison.Ordinal);
        Assert.EndsWith("\"reason\":\"backend-failed\"}", response, StringComparison.Ordinal);
        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\npartial", false)]
    [InlineData("Content-Length: 100\r\n\r\npartial", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n7\r\npartial\r\n", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n7\r\npartial\r\n", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n7\r\npartial\r\nzz\r\n", false)]
    public async Task A_body_that_breaks_off_is_broken_off_at_the_client(string rest, bool isReset)
    {
        var isSeen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\n" + rest[..rest.IndexOf("partial", StringComparison.Ordinal)]);
            await isSeen.Task;
            await connection.SendAsync(rest[rest.IndexOf("partial", StringComparison.Ordinal)..]);
            if (isReset)
            {
                connection.Abort();
            }
            else
            {
                connection.Close();
            }
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
        await client.ReadHeadAsync();
        isSeen.SetResult();
        var end = await Record.ExceptionAsync(async () =>
        {
            var body = await client.ReadToEndAsync();
            Assert.DoesNotContain("0\r\n\r\n", body, StringComparison.Ordinal);
            throw new EndOfStreamException("closed, and the framing says that something is missing");
        });
        Assert.IsAssignableFrom<IOException>(end);
        await proxy.IdleAsync();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Backends[0].Failed == 1, "the backend is to blame");
    }

    [Fact]
    public async Task A_backend_that_is_too_slow_is_a_504_and_its_call_is_broken_off()
    {
        var isBrokenOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            context.RequestAborted.Register(isBrokenOff.SetResult);
            await isBrokenOff.Task;
        });
        await using var proxy = await Proxy.ToAsync("timeout = 50ms", configure: null, origin.Address);
        using var response = await proxy.Client.PostAsync("/", new StringContent("x"));
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Contains("\"reason\":\"deadline-passed\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await isBrokenOff.Task;
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_deadline_in_the_middle_of_an_upload_leaves_the_client_with_a_504()
    {
        await using var origin = await Origin.StartAsync(async context => await context.Request.Body.CopyToAsync(Stream.Null));
        await using var proxy = await Proxy.ToAsync("timeout = 50ms", configure: null, origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nhalf");
        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 504 ", head, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", head, StringComparison.Ordinal);
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task The_timeout_ends_with_the_head()
    {
        var time = new FakeTimeProvider();
        var next = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
            await next.WaitAsync();
            await connection.SendAsync("o");
            await next.WaitAsync();
            await connection.SendAsync("k");
        });
        await using var proxy = await Proxy.ToAsync("timeout = 1s", http => http.Time = time, origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Get);
        await client.ReadHeadAsync();
        time.Advance(TimeSpan.FromSeconds(90));
        next.Release();
        await client.ReadThroughAsync("o");
        time.Advance(TimeSpan.FromSeconds(90));
        next.Release();
        Assert.Equal("k", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_body_that_falls_silent_is_broken_off()
    {
        var time = new FakeTimeProvider();
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
            await isOver.Task;
        });
        await using var proxy = await Proxy.ToAsync("", http => http.Time = time, origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Get);
        await client.ReadThroughAsync("\r\n\r\no");
        var reading = Record.ExceptionAsync(client.ReadToEndAsync);

        // The first byte is here before the proxy has noted that it has gone: a time that passes in between is none of silence.
        await Until.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(101));
                return reading.IsCompleted;
            },
            "the body is broken off");
        var end = await reading;
        Assert.True(end is null or IOException, $"{end}");
        await proxy.IdleAsync();
        isOver.SetResult();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clients_that_abort_by_the_hundred_leave_nothing_behind(bool isInBody)
    {
        const int Clients = 100;
        var begun = 0;
        var aborted = 0;
        await using var origin = await Origin.StartAsync(async context =>
        {
            var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            context.RequestAborted.Register(gone.SetResult);
            Interlocked.Increment(ref begun);
            if (isInBody)
            {
                await context.Response.WriteAsync("begun");
                await context.Response.Body.FlushAsync();
            }

            await gone.Task;
            Interlocked.Increment(ref aborted);
        });
        await using var proxy = await Proxy.ToAsync("connections.max-per-backend = 100", configure: null, origin.Address);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async i =>
        {
            var client = await RawConnection.OpenAsync(proxy.Address);
            await client.SendAsync($"GET /{i} HTTP/1.1\r\nHost: shop\r\n\r\n");
            if (isInBody)
            {
                await client.ReadThroughAsync("begun");
            }

            return client;
        }));
        await Until.TrueAsync(() => proxy.Pipeline.Describe() is { Permits.InUse: Clients } all && all.Backends[0].Connections!.Leased == Clients, "all are held");
        await Until.TrueAsync(() => Volatile.Read(ref begun) == Clients, "all are with the backend");
        foreach (var client in clients)
        {
            client.Abort();
        }

        await proxy.IdleAsync();
        await Until.TrueAsync(() => Volatile.Read(ref aborted) == Clients, "the backend was told of every one");
    }

    [Fact]
    public async Task A_client_that_aborts_its_upload_leaves_nothing_behind()
    {
        await using var origin = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(Stream.Null));
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nhalf");
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Permits.InUse == 1, "it runs");
        client.Abort();
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_broken_request_body_is_the_clients_fault()
    {
        await using var origin = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(Stream.Null));
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(
            proxy.Address, "POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", response, StringComparison.Ordinal);
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Backends[0].Failed);
    }

    [Fact]
    public async Task Every_request_has_an_ending_when_a_backend_dies_under_load()
    {
        const int Workers = 8;
        const int Each = 100;
        await using var survivor = await Origin.StartAsync(context => context.Response.WriteAsync("survivor"));
        var victim = await Origin.StartAsync(context => context.Response.WriteAsync("victim"));
        await using var proxy = await Proxy.ToAsync(survivor.Address, victim.Address);
        var begun = 0;
        var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var workers = Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            var statuses = new List<HttpStatusCode?>();
            for (var i = 0; i < Each; i++)
            {
                if (Interlocked.Increment(ref begun) == Workers * Each / 2)
                {
                    half.SetResult();
                }

                try
                {
                    using var response = await proxy.Client.GetAsync($"/{i}");
                    statuses.Add(response.StatusCode);
                }
                catch (HttpRequestException)
                {
                    statuses.Add(null);
                }
            }

            return statuses;
        })).ToArray();
        await half.Task;
        await victim.DisposeAsync();
        var all = (await Task.WhenAll(workers)).SelectMany(statuses => statuses).ToArray();
        Assert.Equal(Workers * Each, all.Length);
        Assert.All(all, status => Assert.True(status is null or HttpStatusCode.OK or HttpStatusCode.BadGateway, $"{status}"));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("survivor", await proxy.Client.GetStringAsync("/after"));
        }

        await proxy.IdleAsync();
    }
}
