using AkkaPerf.Exchanges;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Pipeline;

public sealed class RestartTests : PipelineHarness
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Failed_stream_answers_what_was_inside_and_serves_again_after_the_back_off(int where)
    {
        var release = new TaskCompletionSource<int>();
        var started = 0;
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(id => $"{id}").Handle((id, _) =>
            {
                Interlocked.Increment(ref started);
                return id < 0 ? Task.FromResult(id) : release.Task;
            }),
            options => (options.Throttle.Concurrency, options.Timeout) = (4, TimeSpan.FromHours(24)));

        // The first four run on their callers' side, which a failure of the stream does not concern.
        await InTime(pipeline.SendAsync(-2).AsTask());
        started = 0;
        var inside = Enumerable.Range(0, 10).Select(id => pipeline.TrySendAsync(id % 5).AsTask()).ToArray();

        // Started, not only permitted: a handler whose turn comes after the failure is spared, and frees its permit.
        await Until(() => Volatile.Read(ref started) == 4 && runtime.Describe() is { Permits.InUse: 4, Waiting: { Room: 1, Joined: 5 } });

        Poison(runtime, where);

        foreach (var outcome in await InTime(Task.WhenAll(inside[4..])))
        {
            Assert.Equal(RefusalReason.PipelineRestarting, outcome.Reason);
        }

        Assert.All(inside[..4], static running => Assert.False(running.IsCompleted));
        Assert.Equal(RefusalReason.PipelineRestarting, (await pipeline.TrySendAsync(-1)).Reason);

        // Handlers still run: they keep their permits until they end, and the room at the door that they count in.
        Assert.Equal(4, runtime.Describe().Permits.InUse);
        await AdvanceUntilRunning(runtime);
        Assert.Equal(1, runtime.Describe().Restarts);
        Assert.Equal(4, runtime.Describe().Permits.InUse);
        var afterwards = pipeline.TrySendAsync(-1).AsTask();
        await Until(() => runtime.Describe().Waiting.Room == 1);

        release.SetResult(7);
        Assert.Equal(-1, (await InTime(afterwards)).Value);
        Assert.All(await InTime(Task.WhenAll(inside[..4])), static outcome => Assert.Equal(7, outcome.Value));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Stream_that_fails_again_and_again_serves_in_between_and_leaks_nothing()
    {
        var factory = new FakeConnectionFactory(Time);
        var (pipeline, runtime) = StartConnected(factory, async (id, connection, ct) =>
        {
            using (connection.Hold())
            {
                await Task.Yield();
                return id;
            }
        });
        for (var round = 1; round <= 20; round++)
        {
            var all = Enumerable.Range(0, 200).Select(id => pipeline.TrySendAsync(id).AsTask()).ToArray();
            Poison(runtime, round % 2 == 0 ? 0 : 2);
            foreach (var outcome in await InTime(Task.WhenAll(all)))
            {
                Assert.True(outcome.IsSuccess || outcome.Reason == RefusalReason.PipelineRestarting, outcome.ToString());
            }

            await AdvanceUntilRunning(runtime, round);
            await AssertNothingHeld(runtime);
            Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        }

        Assert.Equal(0, factory.WrongCloses);
    }

    [Fact]
    public async Task Whoever_comes_during_the_back_off_is_told_when_it_ends()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        Poison(runtime);
        await Until(() => runtime.Core.Door.ClosedRetryAfter > TimeSpan.Zero);

        Outcome<int>[] outcomes = [await pipeline.TrySendAsync(1), .. await pipeline.SendBatchAsync([2, 3])];

        Assert.All(outcomes, outcome => Assert.Equal((RefusalReason.PipelineRestarting, BackOff), (outcome.Reason, outcome.RetryAfter)));
        await AdvanceUntilRunning(runtime);
    }

    [Fact]
    public async Task Waiting_for_a_connection_is_forgotten_by_a_failed_stream()
    {
        var factory = new FakeConnectionFactory(Time);
        factory.HoldOpens();
        var (pipeline, runtime) = StartConnected(factory, (id, _, _) => Task.FromResult(id));
        var sent = pipeline.TrySendAsync(1).AsTask();
        await Until(() => runtime.Describe().Waiting.Connection == 1);

        Poison(runtime, 2);

        Assert.Equal(RefusalReason.PipelineRestarting, (await InTime(sent)).Reason);
        await AdvanceUntilRunning(runtime);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Failure_upon_failure_does_not_keep_the_pipeline_from_starting_again()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        Poison(runtime, 0);
        Poison(runtime, 0);
        Poison(runtime, 0);

        var last = pipeline.TrySendAsync(2).AsTask();
        await Until(() =>
        {
            Time.Advance(BackOff);
            if (last is { IsCompletedSuccessfully: true, Result.IsSuccess: false })
            {
                last = pipeline.TrySendAsync(2).AsTask();
            }

            return last is { IsCompletedSuccessfully: true, Result.IsSuccess: true };
        });
        Assert.Equal(2, (await last).Value);
    }
}
