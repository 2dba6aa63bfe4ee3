using AkkaPerf.Exchanges;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>What a pipeline tells of how it looked when it refused.</summary>
public sealed class RefusalTests
{
    [Fact]
    public async Task The_first_refusal_of_each_reason_since_the_last_look_is_told_with_its_figures()
    {
        var gate = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pipeline = TestPipeline.Start<int, int>(builder => builder
            .Configure(options =>
            {
                options.Throttle.Concurrency = 1;
                options.Throttle.Queue = 1;
                options.Ingress.Capacity = 10;
                options.Timeout = TimeSpan.FromSeconds(5);
            })
            .Handle((_, _) => new ValueTask<int>(gate.Task)));
        var inside = new[] { pipeline.Pipeline.TrySendAsync(0).AsTask(), pipeline.Pipeline.TrySendAsync(1).AsTask() };
        await pipeline.UntilAsync(() => pipeline.Pipeline.Describe() is { Waiting.Room: 1, Permits.InUse: 1 }, "a full room");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(RefusalReason.QueueFull, (await pipeline.Pipeline.TrySendAsync(2)).Reason);
        }

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        Assert.Equal(RefusalReason.Cancelled, (await pipeline.Pipeline.TrySendAsync(3, cancelled.Token)).Reason);
        var refusal = Assert.Single(pipeline.Pipeline.TakeRefusals());
        Assert.Equal((RefusalReason.QueueFull, 2, 10), (refusal.Reason, refusal.InFlight, refusal.Capacity));
        Assert.Equal((1, 1, 1, 1), (refusal.Waiting.Room, refusal.Places, refusal.Permits.InUse, refusal.Permits.Limit));
        Assert.Null(refusal.Backends);
        Assert.Empty(pipeline.Pipeline.TakeRefusals());

        pipeline.Advance(TimeSpan.FromSeconds(5));
        Assert.All(await Task.WhenAll(inside), outcome => Assert.Equal(RefusalReason.DeadlinePassed, outcome.Reason));
        Assert.Equal(RefusalReason.DeadlinePassed, Assert.Single(pipeline.Pipeline.TakeRefusals()).Reason);
        gate.SetResult(0);
        await pipeline.AssertIdleAsync();
    }
}
