using System.Collections.Concurrent;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.Tests.Pipeline;

namespace AkkaPerf.Tests.Retrying;

public sealed class RetryingPipelineTests : PipelineHarness
{
    private readonly ConcurrentQueue<string> _tried = new();

    /// <summary>Says what a try of a request comes to, on a backend.</summary>
    private Func<int, string, int> Answer { get; set; } = static (_, _) => throw new HttpRequestException("down");

    [Fact]
    public async Task What_fails_on_one_backend_is_answered_by_another()
    {
        Answer = (id, _) => _tried.Count == 1 ? throw new HttpRequestException("down") : id;
        var (pipeline, runtime) = StartBalanced(builder => builder.RetryWhen(static _ => true));

        Assert.Equal(7, await InTime(pipeline.SendAsync(7).AsTask()));

        Assert.Equal(2, _tried.Distinct().Count());
        await AssertNothingHeld(runtime);
        var now = runtime.Describe();
        Assert.Equal(new RetrySnapshot(Retries: 1, Hedges: 0, HedgesWon: 0, RefusedByBudget: 0), now.Retrying);
        Assert.Equal((1, 0, 1, 1), (now.Answered, now.Faulted, now.Backends.Sum(backend => backend.Succeeded), now.Backends.Sum(backend => backend.Failed)));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 3)]
    public async Task Only_what_may_be_repeated_is(bool isRepeatable, int tries)
    {
        var (pipeline, runtime) = StartBalanced(builder => builder.RetryWhen(_ => isRepeatable), options => options.Retry.Attempts = 2);

        var outcome = await InTime(pipeline.TrySendAsync(1).AsTask());

        Assert.IsType<HttpRequestException>(outcome.Exception);
        Assert.Equal(tries, _tried.Count);
        Assert.Equal(tries, _tried.Distinct().Count());
        await AssertNothingHeld(runtime);
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 3)]
    public async Task What_was_never_sent_is_tried_again_though_it_must_not_be_repeated(bool hasRule, int tries)
    {
        // Once to another backend by itself, once more as a retry.
        Answer = static (_, _) => throw new ConnectFailedException("no way");
        var (pipeline, runtime) = StartBalanced(builder => _ = hasRule ? builder.RetryWhen(static _ => false) : builder);

        await InTime(pipeline.TrySendAsync(2).AsTask());

        Assert.Equal(tries, _tried.Distinct().Count());
        Assert.Equal(hasRule, runtime.Describe().Retrying is { Retries: 1 });
    }

    [Fact]
    public async Task Without_retries_a_failed_connect_still_goes_once_to_another_backend()
    {
        Answer = static (_, _) => throw new ConnectFailedException("no way");
        var (pipeline, runtime) = StartBalanced(builder => builder.RetryWhen(static _ => true), options => options.Retry.Attempts = 0);

        await InTime(pipeline.TrySendAsync(1).AsTask());

        Assert.Equal(2, _tried.Distinct().Count());
        Assert.Equal(2, _tried.Count);
        Assert.Null(runtime.Describe().Retrying);
    }

    [Fact]
    public async Task A_rule_that_throws_repeats_nothing()
    {
        var (pipeline, _) = StartBalanced(builder => builder.RetryWhen(static _ => throw new InvalidOperationException("rule")));

        var outcome = await InTime(pipeline.TrySendAsync(1).AsTask());

        Assert.IsType<HttpRequestException>(outcome.Exception);
        Assert.Single(_tried);
    }

    [Fact]
    public async Task The_budget_stops_a_storm()
    {
        const int Requests = 1000;
        var (pipeline, runtime) = StartBalanced(builder => builder.RetryWhen(static _ => true), options => options.Retry.Attempts = 2);

        for (var id = 0; id < Requests; id++)
        {
            Assert.True((await InTime(pipeline.TrySendAsync(id).AsTask())).IsFaulted);
        }

        // A fifth of the requests, and ten a second of the window of ten seconds.
        var retrying = runtime.Describe().Retrying!;
        Assert.Equal((Requests / 5) + 100, retrying.Retries);
        Assert.Equal(Requests + retrying.Retries, _tried.Count);
        Assert.True(retrying.RefusedByBudget > 0);

        Time.Advance(TimeSpan.FromSeconds(10));
        await InTime(pipeline.TrySendAsync(0).AsTask());
        Assert.Equal(2, runtime.Describe().Retrying!.Retries - retrying.Retries);
    }

    [Fact]
    public async Task Who_pauses_holds_no_permit_and_waits_where_waiting_is_counted()
    {
        var (pipeline, runtime) = StartPausing();
        Answer = (id, _) => id == 1 && _tried.Count == 1 ? throw new HttpRequestException("down") : id;

        var pausing = pipeline.SendAsync(1).AsTask();
        await Until(() => runtime.Describe() is { Waiting.Room: 1, Permits.InUse: 0 });
        Assert.Equal(2, await InTime(pipeline.SendAsync(2).AsTask()));
        Assert.False(pausing.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, await InTime(pausing));
        await AssertNothingHeld(runtime);
        Assert.Equal(1, runtime.Describe().Retrying!.Retries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_pauses_leaves_at_once_or_at_its_deadline(bool isLate)
    {
        var (pipeline, runtime) = StartPausing();
        using var cancellation = new CancellationTokenSource();
        var pausing = pipeline.TrySendAsync(1, TimeSpan.FromMilliseconds(1001), cancellation.Token).AsTask();
        await Until(() => runtime.Describe().Waiting.Room == 1);

        if (isLate)
        {
            // Its permit is taken when the pause is over.
            Assert.True(runtime.Core.Permits.TryTake());
            Time.Advance(TimeSpan.FromMilliseconds(1001));
        }
        else
        {
            await cancellation.CancelAsync();
        }

        Assert.Equal(isLate ? RefusalReason.DeadlinePassed : RefusalReason.Cancelled, (await InTime(pausing)).Reason);
        if (isLate)
        {
            runtime.Core.Permits.Release();
        }

        await AssertNothingHeld(runtime);
        Assert.Single(_tried);
    }

    [Fact]
    public async Task Who_finds_no_room_to_pause_in_has_its_failure()
    {
        var (pipeline, runtime) = StartPausing(options => options.Throttle.Queue = 1);
        var pausing = pipeline.TrySendAsync(1).AsTask();
        await Until(() => runtime.Describe().Waiting.Room == 1);

        var outcome = await InTime(pipeline.TrySendAsync(2).AsTask());

        Assert.IsType<HttpRequestException>(outcome.Exception);
        Assert.False(pausing.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await InTime(pausing)).IsFaulted);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Who_would_pause_beyond_its_deadline_has_its_failure_at_once()
    {
        var (pipeline, _) = StartPausing();

        Assert.True((await InTime(pipeline.TrySendAsync(1, TimeSpan.FromSeconds(1)).AsTask())).IsFaulted);

        Assert.Single(_tried);
    }

    [Fact]
    public async Task A_load_is_tried_again_for_all_who_wait_for_it()
    {
        var (pipeline, runtime) = StartPausing(builder: builder => builder.CacheBy(static id => $"{id}"));
        Answer = (id, _) => _tried.Count == 1 ? throw new HttpRequestException("down") : id;
        var callers = Enumerable.Range(0, 3).Select(_ => pipeline.SendAsync(5).AsTask()).ToArray();
        await Until(() => runtime.Describe() is { Waiting: { Room: 1, Joined: 2 } });

        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.All(await InTime(Task.WhenAll(callers)), static answer => Assert.Equal(5, answer));
        Assert.Equal(2, _tried.Count);
        Assert.Equal(5, await pipeline.SendAsync(5));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task A_drain_waits_for_who_pauses()
    {
        var (pipeline, runtime) = StartPausing();
        Answer = (id, _) => _tried.Count == 1 ? throw new HttpRequestException("down") : id;
        var pausing = pipeline.SendAsync(1).AsTask();
        await Until(() => runtime.Describe().Waiting.Room == 1);

        var drain = pipeline.DrainAsync();
        Assert.False(drain.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, await InTime(pausing));
        await InTime(drain);
    }

    private (RequestPipeline<int, int> Pipeline, PipelineRuntime Runtime) StartPausing(
        Action<PipelineOptions>? configure = null, Action<PipelineBuilder<int, int>>? builder = null) =>
        StartBalanced(
            pipeline =>
            {
                pipeline.RetryWhen(static _ => true);
                builder?.Invoke(pipeline);
            },
            options =>
            {
                options.Throttle.Concurrency = 1;
                options.Retry.BackOff.Base = TimeSpan.FromSeconds(1);
                options.Retry.BackOff.Jitter = AkkaPerf.Retrying.BackOffJitter.None;
                configure?.Invoke(options);
            });

    private (RequestPipeline<int, int> Pipeline, PipelineRuntime Runtime) StartBalanced(
        Action<PipelineBuilder<int, int>> build, Action<PipelineOptions>? configure = null) =>
        Start<int, int>(
            builder =>
            {
                build(builder);
                builder.HandleExchange((id, context) =>
                {
                    _tried.Enqueue(context.Backend!.Id);
                    return ValueTask.FromResult(Answer(id, context.Backend!.Id));
                });
            },
            options =>
            {
                options.Health.Passive.Enabled = false;
                foreach (var id in new[] { "a", "b", "c" })
                {
                    options.Backends.Add(new() { Id = id, Address = new Uri("tcp://" + id) });
                }

                configure?.Invoke(options);
            });
}
