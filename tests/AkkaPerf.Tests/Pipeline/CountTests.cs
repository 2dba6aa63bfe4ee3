using AkkaPerf.Pipeline;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Every request is counted once, by what its caller got, and nothing else is.</summary>
public sealed class CountTests : PipelineHarness
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_refresh_in_the_background_is_no_request()
    {
        var calls = 0;
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(static id => $"{id}").Handle((_, _) => Task.FromResult(Interlocked.Increment(ref calls))),
            static options =>
            {
                KeepFor(options, Ttl);
                options.Cache.Stale.WhileRevalidate = TimeSpan.FromMinutes(1);
            });
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        Time.Advance(Ttl);
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        await Until(() => Volatile.Read(ref calls) == 2);
        await AssertNothingHeld(runtime);

        Assert.Equal((2, 1), (runtime.Describe().Answered, runtime.Describe().Cache!.Refreshes));
    }

    [Fact]
    public async Task An_old_answer_given_because_the_door_is_shut_is_an_answer()
    {
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(static id => $"{id}").Handle((id, _) => id < 0 ? held.Task : Task.FromResult(id)),
            static options =>
            {
                KeepFor(options, Ttl);
                options.Cache.Stale.IfError = TimeSpan.FromMinutes(1);
                options.Ingress.Capacity = 1;
            });
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        await AssertNothingHeld(runtime);
        Time.Advance(Ttl);
        var running = pipeline.SendAsync(-1).AsTask();

        Assert.Equal(1, (await InTime(pipeline.TrySendAsync(1).AsTask())).Value);
        Assert.Equal((2, 1), (runtime.Describe().Answered, runtime.Describe().Cache!.Stale));
        Assert.All(runtime.Describe().Refused.Values, static count => Assert.Equal(0, count));
        held.SetResult(7);
        Assert.Equal(7, await InTime(running));
    }

    private static void KeepFor(PipelineOptions options, TimeSpan ttl)
    {
        options.Cache.Ttl = ttl;
        options.Cache.Life.Jitter = 0;
    }
}
