using AkkaPerf.Http.Streaming;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AkkaPerf.Http.Tests.Proxying;

/// <summary>Clients slower than the server allows: nothing else would end their requests here.</summary>
public sealed class DataRateTests
{
    // As short as the server takes it.
    private static readonly MinDataRate Fast = new(bytesPerSecond: 1_000_000, TimeSpan.FromSeconds(1.1));

    private static readonly (string Name, string Value)[] Post = [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "shop")];

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: shop\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: shop\r\nX-Long-Way: \u00e9\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n")]
    public async Task Who_does_not_read_is_cut_off(string request)
    {
        await using var endless = await EndlessAsync();
        using var client = await RawConnection.OpenAsync(endless.Proxy.Address);
        await client.SendAsync(request);
        await client.ReadHeadAsync();
        await endless.GoneAsync();
    }

    [Fact]
    public async Task Who_does_not_read_over_http_2_is_cut_off()
    {
        await using var endless = await EndlessAsync();
        using var client = await RawHttp2.OpenAsync(endless.Proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: true, Post);
        Assert.Equal(200, (await client.ReadOfAsync(1))!.ReadStatus());

        // By our own clock: Kestrel may have forgotten it by then.
        var longest = Fast.GracePeriod + TimeSpan.FromSeconds(128 * 1024 / Fast.BytesPerSecond);
        for (var waited = endless.Time.WaitedForAsync(longest); await Task.WhenAny(endless.Gone, waited) == waited; waited = endless.Time.WaitedForAsync(longest))
        {
            await waited;
            endless.Time.Advance(longest);
        }

        await endless.GoneAsync();
    }

    [Theory]
    [InlineData("Content-Length: 100000\r\n\r\nx")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")]
    public async Task Who_does_not_send_on_is_told_and_cut_off(string rest)
    {
        await using var endless = await EndlessAsync();
        var answer = await RawConnection.AskAsync(endless.Proxy.Address, $"POST /read HTTP/1.1\r\nHost: shop\r\n{rest}");
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        await endless.GoneAsync();
        Assert.Equal(0, endless.Proxy.Pipeline.Describe().Backends.Sum(backend => backend.Failed));
    }

    [Fact]
    public async Task Who_does_not_send_on_over_http_2_is_cut_off()
    {
        await using var endless = await EndlessAsync();
        using var client = await RawHttp2.OpenAsync(endless.Proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: false, [Post[0], Post[1], (":path", "/read"), Post[3]]);
        await client.SendDataAsync(1, isEnd: false, "x");
        await endless.GoneAsync();
    }

    [Theory]
    [InlineData(240, 24_000, 105)]
    [InlineData(0.0001, 24_000, 86_400)]
    [InlineData(double.Epsilon, 1, 86_400)]
    public void What_so_many_bytes_may_take_is_no_more_than_a_timer_counts_to(double rate, long length, double seconds) =>
        Assert.Equal(seconds, DataRates.LongestFor(length, new MinDataRate(rate, TimeSpan.FromSeconds(5))).TotalSeconds);

    private static async Task<Endless> EndlessAsync()
    {
        var time = new StillTime();
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var origin = await Origin.StartAsync(context => context.Request.Path == "/read" ? ReadAsync(context) : Origin.PourAsync(context, isGone));
        var proxy = await Proxy.WithServerAsync(
            static kestrel =>
            {
                kestrel.Limits.MinRequestBodyDataRate = Fast;
                kestrel.Limits.MinResponseDataRate = Fast;
            },
            "timeout = 1h",
            http => http.Time = time,
            origin.Address);
        return new Endless(origin, proxy, time, isGone.Task);

        async Task ReadAsync(HttpContext context)
        {
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            }
            finally
            {
                // Never to its end: nobody sends that.
                isGone.TrySetResult();
            }
        }
    }

    private sealed record Endless(Origin Origin, Proxy Proxy, StillTime Time, Task Gone) : IAsyncDisposable
    {
        public async Task GoneAsync()
        {
            await Gone;
            await Proxy.IdleAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await Origin.DisposeAsync();
        }
    }
}
