using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>What runs on its callers' side, without the island, keeps every promise that the island keeps.</summary>
public sealed class FastPathTests : PipelineHarness
{
    private readonly TaskCompletionSource<int> _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deadline_ends_the_wait_but_not_what_its_handler_holds(bool hasKey)
    {
        var token = CancellationToken.None;
        var (pipeline, runtime) = await StartHeldAsync(hasKey, cancellation => token = cancellation);
        var late = pipeline.TrySendAsync(1).AsTask();
        Assert.Equal(1, runtime.Describe().Permits.InUse);

        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(late.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(RefusalReason.DeadlinePassed, (await InTime(late)).Reason);
        await Until(() => token.IsCancellationRequested);
        Assert.True(runtime.Describe() is { Zombies: 1, Permits.InUse: 1, InFlight: 1 });
        _held.SetResult(1);
        await AssertNothingHeld(runtime);
    }

    // The timer wakes for the one that has gone, and finds nobody.
    [Fact]
    public async Task One_that_came_after_another_which_has_gone_is_late_in_its_own_time()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => id == 1 ? Task.FromResult(1) : _held.Task));
        await Until(() => runtime.Core.Ingress.Epoch > 0);
        Assert.Equal(1, await pipeline.SendAsync(1));
        Time.Advance(TimeSpan.FromSeconds(10));
        var late = pipeline.TrySendAsync(2).AsTask();

        Time.Advance(TimeSpan.FromSeconds(20));
        Assert.False(late.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(RefusalReason.DeadlinePassed, (await InTime(late)).Reason);
        _held.SetResult(2);
        await AssertNothingHeld(runtime);
    }

    // The second has the exchange of the first, which ended ten minutes before.
    [Fact]
    public async Task What_it_brings_lives_from_when_its_own_handler_has_ended()
    {
        var loads = 0;
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(static id => $"{id}").Handle((id, _) =>
            {
                loads++;
                Time.Advance(TimeSpan.FromSeconds(20));
                return Task.FromResult(id);
            }),
            static options => options.Cache.Ttl = TimeSpan.FromMinutes(1));
        await Until(() => runtime.Core.Ingress.Epoch > 0);
        Assert.Equal(1, await pipeline.SendAsync(1));
        Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(2, await pipeline.SendAsync(2));

        Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(2, await pipeline.SendAsync(2));
        Assert.Equal(2, loads);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await pipeline.SendAsync(2));
        Assert.Equal(3, loads);
        await AssertNothingHeld(runtime);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_who_cancels_leaves_at_once(bool hasKey)
    {
        using var cancellation = new CancellationTokenSource();
        var (pipeline, runtime) = await StartHeldAsync(hasKey);
        var sent = pipeline.TrySendAsync(1, cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        Assert.Equal(RefusalReason.Cancelled, (await InTime(sent)).Reason);
        await Until(() => runtime.Describe() is { Zombies: 1, Permits.InUse: 1 });
        _held.SetResult(1);
        await AssertNothingHeld(runtime);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_drain_waits_for_it_and_ends_its_wait_when_its_time_is_over(bool isInTime)
    {
        var (pipeline, runtime) = await StartHeldAsync(hasKey: true);
        var sent = pipeline.TrySendAsync(1).AsTask();
        var drain = pipeline.DrainAsync();
        await Until(() => runtime.Describe().State == PipelineState.Draining);
        Assert.Equal(RefusalReason.PipelineStopping, (await pipeline.TrySendAsync(2)).Reason);
        Assert.False(drain.IsCompleted);

        if (isInTime)
        {
            _held.SetResult(7);
            Assert.Equal(7, (await InTime(sent)).Value);
        }
        else
        {
            Time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(RefusalReason.PipelineStopping, (await InTime(sent)).Reason);
        }

        await InTime(drain);
        _held.TrySetResult(7);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Whoever_joins_it_gets_what_it_brings_and_it_is_kept()
    {
        var loads = 0;
        var (pipeline, runtime) = await StartHeldAsync(hasKey: true, _ => loads++);
        var all = Enumerable.Range(0, 5).Select(_ => pipeline.TrySendAsync(1).AsTask()).ToArray();
        await Until(() => runtime.Describe().Waiting.Joined == 4);

        _held.SetResult(7);

        Assert.All(await InTime(Task.WhenAll(all)), static outcome => Assert.Equal(7, outcome.Value));
        Assert.Equal(7, await pipeline.SendAsync(1));
        Assert.Equal((1, 1), (loads, runtime.Describe().Cache!.Hits));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task What_is_removed_while_it_is_loaded_is_not_kept()
    {
        var loads = 0;
        var (pipeline, runtime) = await StartHeldAsync(hasKey: true, _ => loads++);
        var sent = pipeline.SendAsync(1).AsTask();

        await pipeline.Cache!.RemoveAsync(1);
        _held.SetResult(7);

        Assert.Equal(7, await InTime(sent));
        Assert.Equal(7, await InTime(pipeline.SendAsync(1).AsTask()));
        Assert.Equal(2, loads);
        await AssertNothingHeld(runtime);
    }

    // The only permit is another's: the load that its caller had begun is the island's, and whoever joined it stays when he leaves.
    [Fact]
    public async Task A_load_that_could_not_start_is_loaded_for_those_who_joined_it_though_its_caller_has_left()
    {
        using var cancellation = new CancellationTokenSource();
        var (pipeline, runtime) = await StartHeldAsync(hasKey: true, concurrency: 1);
        var first = pipeline.TrySendAsync(1).AsTask();
        var second = pipeline.TrySendAsync(2, cancellation.Token).AsTask();
        var joined = pipeline.TrySendAsync(2).AsTask();
        await Until(() => runtime.Describe() is { Waiting: { Room: 1, Joined: 1 } });

        await cancellation.CancelAsync();
        Assert.Equal(RefusalReason.Cancelled, (await InTime(second)).Reason);
        _held.SetResult(7);

        Assert.Equal((7, 7), ((await InTime(first)).Value, (await InTime(joined)).Value));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task A_failure_reaches_everybody_who_waits_for_it()
    {
        var (pipeline, runtime) = await StartHeldAsync(hasKey: true);
        var all = Enumerable.Range(0, 3).Select(_ => pipeline.TrySendAsync(1).AsTask()).ToArray();
        await Until(() => runtime.Describe().Waiting.Joined == 2);

        _held.SetException(new InvalidDataException("no"));

        Assert.All(await InTime(Task.WhenAll(all)), static outcome => Assert.IsType<InvalidDataException>(outcome.Exception));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Nobody_who_waits_is_overtaken()
    {
        var started = new List<int>();
        var ends = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle((id, _) =>
            {
                lock (started)
                {
                    started.Add(id);
                }

                return ends[id].Task;
            }),
            options => options.Throttle.Concurrency = 1);
        await Until(() => runtime.Core.Ingress.Epoch > 0);
        var sent = new List<Task<int>>();
        for (var i = 0; i < ends.Length; i++)
        {
            sent.Add(pipeline.SendAsync(i).AsTask());
            var waiting = i;
            await Until(() => runtime.Describe().Waiting.Room == waiting);
        }

        for (var i = 0; i < ends.Length; i++)
        {
            ends[i].SetResult(i);
            Assert.Equal(i, await InTime(sent[i]));
        }

        Assert.Equal([0, 1, 2, 3], started);
        await AssertNothingHeld(runtime);
    }

    private async Task<(RequestPipeline<int, int> Pipeline, PipelineRuntime Runtime)> StartHeldAsync(
        bool hasKey, Action<CancellationToken>? onStart = null, int concurrency = 4)
    {
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(id => hasKey ? $"{id}" : null).Handle((_, cancellation) =>
            {
                onStart?.Invoke(cancellation);
                return _held.Task;
            }),
            options => options.Throttle.Concurrency = concurrency);

        // Until then all go through the inbox of the stream that is to come.
        await Until(() => runtime.Core.Ingress.Epoch > 0);
        return (pipeline, runtime);
    }
}
