using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Pipeline;

public sealed class DrainTests : PipelineHarness
{
    [Fact]
    public async Task Drain_finishes_what_is_inside_and_refuses_the_new()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(id => $"{id}").Handle((_, _) => release.Task), options => options.Throttle.Concurrency = 2);
        var inside = Enumerable.Range(0, 8).Select(id => pipeline.SendAsync(id % 4).AsTask()).ToArray();
        await Until(() => runtime.Describe() is { Permits.InUse: 2, Waiting: { Room: 2, Joined: 4 } });

        var first = pipeline.DrainAsync();
        var second = pipeline.DrainAsync();
        await Until(() => runtime.Describe().State == PipelineState.Draining);
        var refused = await Assert.ThrowsAsync<RequestRejectedException>(() => pipeline.SendAsync(9).AsTask());
        Assert.Equal(RefusalReason.PipelineStopping, refused.Reason);
        Assert.False(first.IsCompleted);

        release.SetResult(3);
        Assert.All(await InTime(Task.WhenAll(inside)), value => Assert.Equal(3, value));
        await InTime(Task.WhenAll(first, second));
        await InTime(pipeline.DrainAsync());
        Assert.Equal(PipelineState.Stopped, runtime.Describe().State);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Drain_timeout_fails_the_rest_wherever_they_are()
    {
        var release = new TaskCompletionSource<int>();
        var factory = new FakeConnectionFactory(Time);
        var (pipeline, runtime) = StartConnected(
            factory,
            (_, _, _) => release.Task,
            options =>
            {
                options.Throttle.Concurrency = 4;
                options.Connections.MaxPerBackend = 2;
                options.Connections.AcquireTimeout = TimeSpan.FromMinutes(5);
                options.Timeout = TimeSpan.FromMinutes(5);
                options.DrainTimeout = TimeSpan.FromSeconds(10);
            });
        var all = Enumerable.Range(0, 10).Select(id => pipeline.TrySendAsync(id).AsTask()).ToArray();
        await Until(() => runtime.Describe() is { Permits.InUse: 4, Waiting: { Room: 6, Connection: 2 } }
            && runtime.Describe().Backends[0].Connections is { Leased: 2 });

        var drain = pipeline.DrainAsync();
        await Until(() => runtime.Describe().State == PipelineState.Draining);
        Assert.All(all, sent => Assert.False(sent.IsCompleted));
        Time.Advance(TimeSpan.FromSeconds(10));

        foreach (var outcome in await InTime(Task.WhenAll(all)))
        {
            Assert.Equal(RefusalReason.PipelineStopping, outcome.Reason);
        }

        await InTime(drain);
        release.SetResult(1);
        await AssertNothingHeld(runtime);
        await Until(() => factory.OpenNow == 0);
        Assert.Equal(0, factory.WrongCloses);
    }

    [Fact]
    public async Task Drain_refuses_those_who_wait_at_the_door()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((_, _) => release.Task), options =>
        {
            options.Throttle.Concurrency = 1;
            options.Ingress.Capacity = 1;
            options.Ingress.WhenFull = WhenFull.Wait;
        });
        var running = pipeline.TrySendAsync(1).AsTask();
        var waiting = pipeline.TrySendAsync(2).AsTask();
        await Until(() => runtime.Describe().Waiting.Door == 1);

        var drain = pipeline.DrainAsync();

        Assert.Equal(RefusalReason.PipelineStopping, (await InTime(waiting)).Reason);
        release.SetResult(1);
        Assert.Equal(1, (await InTime(running)).Value);
        await InTime(drain);
        await AssertNothingHeld(runtime);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task End_of_the_actor_system_answers_everybody(bool hasJustStarted)
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(id => $"{id}").Handle((_, _) => release.Task), options => options.Throttle.Concurrency = 2);
        var all = Enumerable.Range(0, 10).Select(id => pipeline.TrySendAsync(id % 5).AsTask()).ToArray();
        if (!hasJustStarted)
        {
            await Until(() => runtime.Describe().Permits.InUse == 2);
        }

        await InTime(Actors.Terminate());

        foreach (var outcome in await InTime(Task.WhenAll(all)))
        {
            Assert.Equal(RefusalReason.PipelineStopping, outcome.Reason);
        }

        Assert.Equal(RefusalReason.PipelineStopping, (await pipeline.TrySendAsync(99)).Reason);
        release.SetResult(1);
        await AssertNothingHeld(runtime);
        await InTime(pipeline.DrainAsync());
    }

    [Fact]
    public async Task Batch_and_followers_end_with_the_drain()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle((_, _) => release.Task), options => options.Throttle.Concurrency = 2);
        var batch = pipeline.SendBatchAsync(Enumerable.Range(0, 50).ToArray());
        await Until(() => runtime.Describe().Permits.InUse == 2);

        var drain = pipeline.DrainAsync();
        await Until(() => runtime.Describe().State == PipelineState.Draining);
        release.SetResult(1);

        var outcomes = await InTime(batch);
        Assert.Equal(2, outcomes.Count(outcome => outcome.IsSuccess));
        Assert.Equal(48, outcomes.Count(outcome => outcome.Reason == RefusalReason.PipelineStopping));
        await InTime(drain);
        await AssertNothingHeld(runtime);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drain_waits_for_handlers_that_a_failed_stream_left_running(bool hasRestarted)
    {
        var factory = new FakeConnectionFactory(Time);
        var (runtime, drain, release) = await DrainWithOrphansAsync(factory, hasRestarted);
        Assert.Equal((2, 2, 2), (runtime.Describe().Permits.InUse, runtime.Describe().InFlight, factory.OpenNow));

        release[0].SetResult(1);
        await Until(() => runtime.Describe().Permits.InUse == 1);
        Assert.False(drain.IsCompleted);

        release[1].SetResult(1);
        await InTime(drain);
        await AssertNothingHeld(runtime);
        await Until(() => factory.OpenNow == 0);
        Assert.Equal(0, factory.WrongCloses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drain_timeout_ends_the_wait_for_what_a_failed_stream_left_running(bool hasRestarted)
    {
        var factory = new FakeConnectionFactory(Time);
        var (runtime, drain, release) = await DrainWithOrphansAsync(factory, hasRestarted);

        Time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        Assert.False(drain.IsCompleted);
        Time.Advance(TimeSpan.FromMilliseconds(1));

        await InTime(drain);
        Assert.Equal(PipelineState.Stopped, runtime.Describe().State);
        Assert.Equal(2, runtime.Describe().Permits.InUse);
        Array.ForEach(release, handler => handler.SetResult(1));
        await AssertNothingHeld(runtime);
        await Until(() => factory.OpenNow == 0);
    }

    [Fact]
    public async Task Drain_of_a_failed_stream_with_nothing_left_ends_at_once()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        Poison(runtime);
        await Until(() => runtime.Describe().State == PipelineState.Restarting);

        await InTime(pipeline.DrainAsync());

        Assert.Equal(PipelineState.Stopped, runtime.Describe().State);
    }

    // Two handlers run when the stream fails; the drain begins during the back-off or after the restart, and is under way at the end.
    private async Task<(PipelineRuntime Runtime, Task Drain, TaskCompletionSource<int>[] Release)> DrainWithOrphansAsync(
        FakeConnectionFactory factory, bool hasRestarted)
    {
        TaskCompletionSource<int>[] release = [new(), new()];
        var started = 0;
        var (pipeline, runtime) = StartConnected(
            factory,
            (id, _, _) =>
            {
                Interlocked.Increment(ref started);
                return release[id].Task;
            },
            options => options.DrainTimeout = TimeSpan.FromSeconds(10));
        var sent = release.Select((_, id) => pipeline.TrySendAsync(id).AsTask()).ToArray();
        await Until(() => Volatile.Read(ref started) == 2);
        Poison(runtime);
        Assert.All(await InTime(Task.WhenAll(sent)), outcome => Assert.Equal(RefusalReason.PipelineRestarting, outcome.Reason));
        if (hasRestarted)
        {
            await AdvanceUntilRunning(runtime);
        }

        var drain = pipeline.DrainAsync();
        await Until(() => runtime.Describe().State is PipelineState.Draining or PipelineState.Stopped);

        // An answer to what comes after the drain began shows that the supervisor has seen it.
        Assert.Equal(RefusalReason.PipelineStopping, (await pipeline.TrySendAsync(0)).Reason);
        return (runtime, drain, release);
    }
}
