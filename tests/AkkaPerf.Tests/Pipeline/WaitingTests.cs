using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;

namespace AkkaPerf.Tests.Pipeline;

public sealed class WaitingTests : PipelineHarness
{
    [Theory]
    [InlineData(WhenFull.Reject)]
    [InlineData(WhenFull.Wait)]
    public async Task Rate_without_a_waiting_room_recovers_as_time_goes_by(WhenFull whenFull)
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)), options =>
        {
            options.Throttle.Queue = 0;
            options.Throttle.Rate = 10;
            options.Throttle.Burst = 1;
            options.Ingress.WhenFull = whenFull;
        });
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        for (var i = 2; i < 5; i++)
        {
            var early = pipeline.TrySendAsync(i).AsTask();
            Time.Advance(TimeSpan.FromMilliseconds(100));
            if (whenFull == WhenFull.Wait)
            {
                Assert.Equal(i, (await InTime(early)).Value);
                continue;
            }

            Assert.Equal(RefusalReason.RateLimited, (await InTime(early)).Reason);
            Assert.Equal(i, await InTime(pipeline.SendAsync(i).AsTask()));
        }

        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Waiting_callers_are_counted_wherever_they_wait_and_served_in_order()
    {
        var release = new SemaphoreSlim(0);
        var served = new List<int>();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle(async (id, ct) =>
            {
                await release.WaitAsync(ct);
                served.Add(id);
                return id;
            }),
            options =>
            {
                options.Throttle.Concurrency = 1;
                options.Throttle.Queue = 2;
                options.Ingress.Capacity = 10;
                options.Ingress.WhenFull = WhenFull.Wait;
            });
        var all = new List<Task<int>>();
        for (var i = 0; i < 20; i++)
        {
            all.Add(pipeline.SendAsync(i).AsTask());
            await Until(() => runtime.Describe() is var now && now.Permits.InUse + now.Waiting.Room + now.Waiting.Door == all.Count);
        }

        Assert.Equal(10, runtime.Describe().InFlight);
        release.Release(20);
        await InTime(Task.WhenAll(all));
        Assert.Equal(Enumerable.Range(0, 20), served);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Deadline_and_cancellation_end_the_wait_at_the_door()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((_, _) => release.Task), options =>
        {
            options.Throttle.Concurrency = 1;
            options.Throttle.Queue = 0;
            options.Ingress.Capacity = 1;
            options.Ingress.WhenFull = WhenFull.Wait;
            options.Timeout = TimeSpan.FromSeconds(10);
        });
        var running = pipeline.TrySendAsync(1).AsTask();
        using var cancellation = new CancellationTokenSource();
        var cancelled = pipeline.TrySendAsync(2, cancellation.Token).AsTask();
        var late = pipeline.TrySendAsync(3, TimeSpan.FromSeconds(1)).AsTask();
        await Until(() => runtime.Describe().Waiting.Door == 2);

        await cancellation.CancelAsync();
        Assert.Equal(RefusalReason.Cancelled, (await InTime(cancelled)).Reason);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(RefusalReason.DeadlinePassed, (await InTime(late)).Reason);
        await Until(() => runtime.Describe().Waiting.Door == 0);

        release.SetResult(9);
        Assert.Equal(9, (await InTime(running)).Value);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Full_room_refuses_at_the_door_but_lets_hits_and_joiners_in()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(id => $"{id}").Handle((id, _) => id == 0 ? Task.FromResult(0) : release.Task),
            options =>
            {
                options.Throttle.Concurrency = 1;
                options.Throttle.Queue = 1;
            });
        Assert.Equal(0, await pipeline.SendAsync(0));
        var running = pipeline.SendAsync(1).AsTask();
        var waiting = pipeline.SendAsync(2).AsTask();
        await Until(() => runtime.Core.Door.Shedding is not null);
        var inside = runtime.Describe().InFlight;

        Assert.Equal(RefusalReason.QueueFull, (await pipeline.TrySendAsync(3)).Reason);
        Assert.Equal(inside, runtime.Describe().InFlight);
        Assert.Equal(0, await pipeline.SendAsync(0));
        var joined = pipeline.SendAsync(1).AsTask();
        await Until(() => runtime.Describe().Waiting.Joined == 1);

        release.SetResult(5);
        Assert.All(await InTime(Task.WhenAll(running, waiting, joined)), value => Assert.Equal(5, value));
        await AssertNothingHeld(runtime);
        Assert.Null(runtime.Core.Door.Shedding);
    }

    [Fact]
    public async Task Concurrency_set_at_run_time_lets_more_start()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle((_, _) => release.Task), options => options.Throttle.Concurrency = 1);
        var all = Enumerable.Range(0, 8).Select(id => pipeline.SendAsync(id).AsTask()).ToArray();
        await Until(() => runtime.Describe().Waiting.Room == 7);

        pipeline.SetConcurrency(5);
        await Until(() => runtime.Describe() is { Permits.InUse: 5, Waiting.Room: 3 });
        pipeline.SetConcurrency(1);
        Assert.Equal(5, runtime.Describe().Permits.InUse);

        release.SetResult(1);
        await InTime(Task.WhenAll(all));
        await AssertNothingHeld(runtime);
        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.SetConcurrency(0));
    }

    [Fact]
    public async Task Queue_set_at_run_time_lets_more_wait_and_sends_nobody_away()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle((_, _) => release.Task),
            options =>
            {
                options.Throttle.Concurrency = 1;
                options.Throttle.Queue = 1;
            });
        var running = pipeline.SendAsync(1).AsTask();
        var waiting = pipeline.SendAsync(2).AsTask();
        await Until(() => runtime.Core.Door.Shedding is not null);
        Assert.Equal(1, runtime.Describe().Places);

        pipeline.SetQueue(2);
        await Until(() => runtime.Core.Door.Shedding is null);
        var another = pipeline.SendAsync(3).AsTask();
        await Until(() => runtime.Describe() is { Waiting.Room: 2, Places: 2 });
        pipeline.SetQueue(0);
        await Until(() => runtime.Core.Door.Shedding is not null);
        Assert.Equal(2, runtime.Describe().Waiting.Room);

        release.SetResult(1);
        await InTime(Task.WhenAll(running, waiting, another));
        await AssertNothingHeld(runtime);
        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.SetQueue(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.SetQueue(1_000_001));
    }

    [Fact]
    public async Task The_hottest_keys_are_told_whatever_the_types()
    {
        var (pipeline, _) = Start<int, int>(builder => builder.CacheBy(id => $"k{id}").Handle((id, _) => Task.FromResult(id)), _ => { });
        foreach (var id in new[] { 1, 2, 2, 2 })
        {
            await InTime(pipeline.SendAsync(id).AsTask());
        }

        var hottest = ((AkkaPerf.Pipeline.IRequestPipeline)pipeline).HottestKeys(5);
        Assert.Equal([("k2", 2L), ("k1", 0L)], hottest.Select(hot => (hot.Key, hot.Hits)));
        Assert.Equal("k2", Assert.Single(pipeline.HottestKeys(1)).Key);
        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.HottestKeys(-1));
        var (without, _) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)), _ => { });
        Assert.Empty(without.HottestKeys(5));
    }
}
