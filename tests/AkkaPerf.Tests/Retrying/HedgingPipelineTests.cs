using System.Collections.Concurrent;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.Tests.Pipeline;

namespace AkkaPerf.Tests.Retrying;

public sealed class HedgingPipelineTests : PipelineHarness
{
    // Requests from here on hang until they are told what to do; those below take a tick.
    private const int Hangs = 1000;

    private readonly ConcurrentQueue<HangingTry> _tries = new();

    [Fact]
    public async Task A_second_try_wins_and_the_first_is_cancelled_at_no_cost_to_its_backend()
    {
        var (pipeline, runtime) = await StartAsync();
        var caller = pipeline.SendAsync(Hangs).AsTask();
        var (first, second) = await HedgeAsync();
        Assert.NotEqual(first.Backend, second.Backend);

        second.Answer.SetResult(42);

        Assert.Equal(42, await InTime(caller));
        await InTime(first.Cancelled);
        await AssertNothingHeld(runtime);
        var now = runtime.Describe();
        Assert.Equal((1, 1, 0), (now.Retrying!.Hedges, now.Retrying.HedgesWon, now.Retrying.Retries));
        Assert.Equal(0, now.Backends.Sum(backend => backend.Failed));
        Assert.Equal(now.Answered, now.Backends.Sum(backend => backend.Succeeded));
    }

    [Fact]
    public async Task A_first_try_that_does_not_listen_keeps_its_permit_but_not_its_caller()
    {
        var (pipeline, runtime) = await StartAsync();
        var caller = pipeline.SendAsync(Hangs + 1).AsTask();
        var (first, second) = await HedgeAsync();

        second.Answer.SetResult(42);

        Assert.Equal(42, await InTime(caller));
        await Until(() => runtime.Describe() is { InFlight: 0, Zombies: 1, Permits.InUse: 1 });
        first.Answer.SetResult(41);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task A_load_is_hedged_for_all_who_wait_for_it_and_kept()
    {
        var (pipeline, runtime) = await StartAsync(isCached: true);
        var callers = Enumerable.Range(0, 3).Select(_ => pipeline.SendAsync(Hangs + 1).AsTask()).ToArray();
        await Until(() => runtime.Describe().Waiting.Joined == 2);
        var (first, second) = await HedgeAsync();

        second.Answer.SetResult(42);

        Assert.All(await InTime(Task.WhenAll(callers)), static answer => Assert.Equal(42, answer));
        Assert.Equal(42, await pipeline.SendAsync(Hangs + 1));
        first.Answer.SetResult(41);
        await AssertNothingHeld(runtime);
        Assert.Equal(42, await pipeline.SendAsync(Hangs + 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_early_answer_wins_like_any_other(bool isCached)
    {
        var (pipeline, runtime) = await StartAsync(isCached);
        var caller = pipeline.SendAsync(Hangs).AsTask();
        var (first, second) = await HedgeAsync();

        Assert.True(second.Context.TryAnswer(42));

        Assert.Equal(42, await InTime(caller));
        await InTime(first.Cancelled);
        await Until(() => runtime.Describe() is { Permits.InUse: 1, Zombies: 0 });
        second.Answer.SetResult(0);
        await AssertNothingHeld(runtime);
        Assert.Equal(1, runtime.Describe().Retrying!.HedgesWon);
    }

    [Fact]
    public async Task A_deadline_ends_both()
    {
        var (pipeline, runtime) = await StartAsync();
        var caller = pipeline.TrySendAsync(Hangs).AsTask();
        var (first, second) = await HedgeAsync();

        Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(RefusalReason.DeadlinePassed, (await InTime(caller)).Reason);
        await InTime(Task.WhenAll(first.Cancelled, second.Cancelled));
        await AssertNothingHeld(runtime);
        Assert.Equal(2, runtime.Describe().Backends.Sum(backend => backend.Failed));
    }

    [Fact]
    public async Task The_rate_counts_second_tries_too()
    {
        var (pipeline, runtime) = await StartAsync(configure: options =>
        {
            options.Throttle.Rate = 10;
            options.Throttle.Burst = 21;
        });
        var caller = pipeline.SendAsync(Hangs).AsTask();
        await Until(() => _tries.Count == 1);

        // The twenty-one starts that were saved up are used up: it is slow when there is no other.
        Time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.True(_tries.TryDequeue(out var attempt));
        attempt.Answer.SetResult(1);

        Assert.Equal(1, await InTime(caller));
        await AssertNothingHeld(runtime);
        Assert.Equal(new RetrySnapshot(0, 0, 0, 0), runtime.Describe().Retrying);
    }

    [Fact]
    public async Task The_handler_of_a_try_knows_how_long_its_caller_waits()
    {
        var (pipeline, runtime) = await StartAsync(isCached: true);
        var caller = pipeline.SendAsync(Hangs).AsTask();
        var (first, second) = await HedgeAsync();

        Assert.Equal(first.Context.TimeLeft, second.Context.TimeLeft);
        Assert.InRange(first.Context.TimeLeft, TimeSpan.FromSeconds(29), TimeSpan.FromSeconds(30));
        second.Answer.SetResult(1);
        await InTime(caller);
        await InTime(first.Cancelled);
        await AssertNothingHeld(runtime);
    }

    private async Task<(HangingTry First, HangingTry Second)> HedgeAsync()
    {
        await Until(() => _tries.Count == 1);
        Time.Advance(TimeSpan.FromMilliseconds(50));
        await Until(() => _tries.Count == 2);
        Assert.True(_tries.TryDequeue(out var first));
        Assert.True(_tries.TryDequeue(out var second));
        return (first, second);
    }

    // Twenty requests that took no time: everything slower than the least delay is slow.
    private async Task<(RequestPipeline<int, int> Pipeline, PipelineRuntime Runtime)> StartAsync(bool isCached = false, Action<PipelineOptions>? configure = null)
    {
        var (pipeline, runtime) = Start<int, int>(
            builder =>
            {
                builder.RetryWhen(static _ => true);
                if (isCached)
                {
                    builder.CacheBy(static id => id < Hangs ? null : $"{id}");
                }

                builder.HandleExchange(HandleAsync);
            },
            options =>
            {
                options.Hedge.Enabled = true;
                options.Hedge.MinSamples = 20;
                foreach (var id in new[] { "a", "b", "c" })
                {
                    options.Backends.Add(new() { Id = id, Address = new Uri("tcp://" + id) });
                }

                configure?.Invoke(options);
            });
        for (var id = 0; id < 20; id++)
        {
            Assert.Equal(id, await InTime(pipeline.SendAsync(id).AsTask()));
        }

        return (pipeline, runtime);
    }

    private async ValueTask<int> HandleAsync(int id, IExchangeContext<int> context)
    {
        if (id < Hangs)
        {
            return id;
        }

        var attempt = new HangingTry(context);
        _tries.Enqueue(attempt);

        // An odd one does not listen.
        return await (id % 2 == 0 ? attempt.Answer.Task.WaitAsync(context.CancellationToken) : attempt.Answer.Task).ConfigureAwait(false);
    }

    private sealed class HangingTry
    {
        private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HangingTry(IExchangeContext<int> context)
        {
            Context = context;
            Backend = context.Backend!.Id;
            context.CancellationToken.Register(_cancelled.SetResult);
        }

        public IExchangeContext<int> Context { get; }

        public string Backend { get; }

        public TaskCompletionSource<int> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Cancelled => _cancelled.Task;
    }
}
