using System.Net;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Proxying;

public sealed class StreamingTests
{
    // Far more than all socket buffers on the way may hold together.
    private const long Large = 128L * 1024 * 1024;
    private const int Chunk = 64 * 1024;

    // Enough for gigabytes to flow past, if nothing held them back.
    private const int RoundTrips = 200;

    [Fact]
    public async Task Parts_arrive_while_the_response_goes_on()
    {
        var next = new SemaphoreSlim(0);
        await using var origin = await Origin.StartAsync(async context =>
        {
            context.Response.ContentType = "text/plain";
            await context.Response.Body.FlushAsync();
            for (var i = 1; i <= 3; i++)
            {
                await next.WaitAsync();
                await context.Response.WriteAsync($"data: {i}\n\n");
                await context.Response.Body.FlushAsync();
            }
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.Contains("text/plain", await client.ReadHeadAsync(), StringComparison.Ordinal);
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(1, proxy.Pipeline.Describe().Permits.InUse);
            Assert.Equal(1, proxy.Pipeline.Describe().Backends[0].Connections!.Leased);
            next.Release();
            Assert.Contains($"data: {i}", await client.ReadThroughAsync("\n\n"), StringComparison.Ordinal);
        }

        await client.ReadToEndAsync();
        await proxy.IdleAsync();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Backends[0].Succeeded == 1, "the backend has answered");
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_the_backend_back()
    {
        var sent = 0L;
        await using var origin = await Origin.StartAsync(async context =>
        {
            if (context.Request.Path != "/large")
            {
                return;
            }

            context.Response.ContentLength = Large;
            var chunk = new byte[Chunk];
            while (Volatile.Read(ref sent) < Large)
            {
                await context.Response.Body.WriteAsync(chunk);
                Interlocked.Add(ref sent, Chunk);
            }
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET /large HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        await client.ReadHeadAsync();
        await RoundTripsAsync(proxy);
        Assert.InRange(Volatile.Read(ref sent), 0, Large / 2);
        Assert.Equal(Large, await client.CountToEndAsync());
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_backend_that_does_not_read_holds_the_client_back()
    {
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var received = 0L;
        await using var origin = await Origin.StartAsync(async context =>
        {
            if (context.Request.Path != "/large")
            {
                return;
            }

            await mayRead.Task;
            var buffer = new byte[Chunk];
            int count;
            while ((count = await context.Request.Body.ReadAsync(buffer)) > 0)
            {
                received += count;
            }
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"POST /large HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: {Large}\r\n\r\n");
        var sent = 0L;
        var sending = Task.Run(async () =>
        {
            var chunk = new byte[Chunk];
            while (Volatile.Read(ref sent) < Large)
            {
                await client.SendAsync(chunk);
                Interlocked.Add(ref sent, Chunk);
            }
        });
        await RoundTripsAsync(proxy);
        Assert.InRange(Volatile.Read(ref sent), 0, Large / 2);
        mayRead.SetResult();
        await sending;
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(Large, received);
    }

    [Fact]
    public async Task A_client_that_does_not_read_at_all_is_given_up()
    {
        var time = new StillTime();
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(context => context.Request.Path == "/endless" ? Origin.PourAsync(context, isGone) : Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync("timeout = 1h", http => http.Time = time, origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET /endless HTTP/1.1\r\nHost: shop\r\n\r\n");
        await client.ReadHeadAsync();
        await RoundTripsAsync(proxy);
        time.Advance(TimeSpan.FromSeconds(101));
        await isGone.Task;
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_slow_client_of_a_small_response_holds_no_permit()
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync("small"));
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
        await proxy.IdleAsync();
        Assert.Contains("small", await client.ReadThroughAsync("small"), StringComparison.Ordinal);
    }

    private static async Task RoundTripsAsync(Proxy proxy)
    {
        for (var i = 0; i < RoundTrips; i++)
        {
            using var response = await proxy.Client.PostAsync("/small", new StringContent("x"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }
}
