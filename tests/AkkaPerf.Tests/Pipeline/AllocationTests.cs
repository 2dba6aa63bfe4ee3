using AkkaPerf.Exchanges;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>What must cost no memory, because it happens most, or when there is most to do.</summary>
public sealed class AllocationTests
{
    private const int WarmUp = 200;
    private const int Calls = 1_000;

    [Fact]
    public async Task A_hit_allocates_nothing()
    {
        await using var pipeline = TestPipeline.Start<string, string>(
            builder => builder.CacheBy(id => id).Handle((id, _) => Task.FromResult("value of " + id)));
        await pipeline.Pipeline.SendAsync("a");
        await pipeline.AssertIdleAsync();

        Assert.Equal(0, Measure(() => Assert.True(IsHit(pipeline.Pipeline.SendAsync("a")))));
    }

    [Fact]
    public async Task A_refusal_at_the_door_allocates_nothing()
    {
        var held = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pipeline = TestPipeline.Start<string, string>(
            builder => builder.Configure(options => options.Ingress.Capacity = 1).CacheBy(id => id).Handle((_, _) => held.Task));
        var inside = pipeline.Pipeline.SendAsync("a").AsTask();

        // From then on it is logged that the door is full, once.
        await pipeline.UntilAsync(() => pipeline.Core.Overload is not null, "the pipeline to have started");
        Assert.Equal(0, Measure(() => Assert.True(IsRefused(pipeline.Pipeline.TrySendAsync("other")))));
        held.SetResult("over");
        await inside;
    }

    [Fact]
    public async Task A_refusal_for_a_full_room_allocates_nothing()
    {
        var held = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pipeline = TestPipeline.Start<string, string>(
            builder => builder
                .Configure(options => (options.Throttle.Concurrency, options.Throttle.Queue) = (1, 0))
                .CacheBy(id => id).Handle((_, _) => held.Task));
        var inside = pipeline.Pipeline.SendAsync("a").AsTask();
        await pipeline.UntilAsync(() => pipeline.Core.Door.Shedding is not null, "the room to be full");

        Assert.Equal(0, Measure(() => Assert.True(IsRefused(pipeline.Pipeline.TrySendAsync("other")))));
        held.SetResult("over");
        await inside;
    }

    private static bool IsHit(ValueTask<string> sending) => sending.IsCompletedSuccessfully;

    private static bool IsRefused(ValueTask<Outcome<string>> sending) =>
        sending.IsCompletedSuccessfully && sending.Result.Reason == RefusalReason.QueueFull;

    private static long Measure(Action call)
    {
        for (var i = 0; i < WarmUp; i++)
        {
            call();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
        {
            call();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
