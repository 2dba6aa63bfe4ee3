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
}
