using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>What becomes of the connections of those who go on asking while they are refused.</summary>
public sealed class OverloadConnectionTests
{
    private const string Ask = "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n";
    private const string End = "\"reason\":\"queue-full\"}";

    [Fact]
    public async Task One_is_answered_and_not_read_on_and_the_others_are_closed_after_their_answer()
    {
        await using var full = await FullAsync(new OverloadOptions { Threshold = 1, Pause = TimeSpan.FromSeconds(20), MaxPaused = 1 });
        using var paused = await RawConnection.OpenAsync(full.Proxy.Address);
        await paused.SendAsync(Ask);
        Assert.DoesNotContain("Connection", await paused.ReadThroughAsync(End), StringComparison.Ordinal);
        await paused.SendAsync(Ask);
        Assert.DoesNotContain("Connection", await paused.ReadThroughAsync(End), StringComparison.Ordinal);
        await paused.SendAsync(Ask);
        var next = paused.ReadThroughAsync(End);
        for (var i = 0; i < 20; i++)
        {
            // To its end: nothing that follows it is a request any more.
            var answer = await RawConnection.AskAsync(full.Proxy.Address, Ask + Ask);
            Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
            Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("\r\nRetry-After: ", answer, StringComparison.Ordinal);
            Assert.EndsWith(End, answer, StringComparison.Ordinal);
            Assert.Equal(0, answer.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal));
        }

        Assert.False(next.IsCompleted);
    }

    [Fact]
    public async Task One_that_is_paused_is_served_again_afterwards()
    {
        await using var full = await FullAsync(new OverloadOptions { Threshold = 1, Pause = TimeSpan.FromMilliseconds(10) });
        using var client = await RawConnection.OpenAsync(full.Proxy.Address);
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(Ask);
            Assert.StartsWith("HTTP/1.1 503 ", await client.ReadThroughAsync(End), StringComparison.Ordinal);
        }

        full.End();
        await full.Proxy.IdleAsync();
        await client.SendAsync(Ask);
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    private static async Task<Full> FullAsync(OverloadOptions overload)
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var origin = await Origin.StartAsync(_ => mayAnswer.Task);
        var route = new HttpRouteOptions();
        route.Proxy.Overload = overload;
        var proxy = await Proxy.ToAsync("throttle { concurrency = 1, queue = 0 }", configure: null, app => app.MapPipeline("/{**path}", "shop", route), origin.Address);
        var inside = proxy.Client.PostAsync("/", content: null);
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Permits.InUse == 1, "the first runs");
        return new Full(origin, proxy, mayAnswer, inside);
    }

    /// <summary>A proxy whose one permit is taken until it is told to end that.</summary>
    private sealed record Full(Origin Origin, Proxy Proxy, TaskCompletionSource MayAnswer, Task<HttpResponseMessage> Inside) : IAsyncDisposable
    {
        public void End() => MayAnswer.TrySetResult();

        public async ValueTask DisposeAsync()
        {
            End();
            (await Inside).Dispose();
            await Proxy.DisposeAsync();
            await Origin.DisposeAsync();
        }
    }
}
