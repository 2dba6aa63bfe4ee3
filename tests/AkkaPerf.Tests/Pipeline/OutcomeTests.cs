using System.Runtime.CompilerServices;
using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.Tests.Ingress;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>What a caller gets to see.</summary>
public sealed class OutcomeTests : PipelineHarness
{
    [Fact]
    public async Task Handlers_own_exception_comes_with_its_stack()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => id == 0 ? ThrowAtOnce() : ThrowLater()));
        foreach (var id in new[] { 0, 1 })
        {
            var thrown = await Assert.ThrowsAsync<InvalidDataException>(() => pipeline.SendAsync(id).AsTask());
            Assert.Contains(id == 0 ? nameof(ThrowAtOnce) : nameof(ThrowLater), thrown.StackTrace, StringComparison.Ordinal);
            var outcome = await pipeline.TrySendAsync(id);
            Assert.True(outcome.IsFaulted);
            Assert.IsType<InvalidDataException>(outcome.Exception);
        }

        Assert.Equal(4, runtime.Describe().Faulted);
        await AssertNothingHeld(runtime);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("judge")]
    [InlineData("handler")]
    [InlineData("null task")]
    public async Task User_code_that_throws_is_an_outcome_everywhere(string where)
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder
            .CacheWith(new ThrowingPolicy(where))
            .Handle(Task<int> (_, _) => where switch
            {
                "handler" => throw new InvalidDataException(where),
                "null task" => NoTask()!,
                _ => Task.FromResult(1),
            }));

        var sending = pipeline.TrySendAsync(1);
        Assert.True((await sending).IsFaulted);
        Assert.True(Assert.Single(await pipeline.SendBatchAsync([1])).IsFaulted);
        var throwing = pipeline.SendAsync(1);
        await Assert.ThrowsAnyAsync<Exception>(() => throwing.AsTask());
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Cancellation_carries_the_callers_token_whenever_it_comes()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((_, _) => release.Task), options => options.Throttle.Concurrency = 1);
        using var cancellation = new CancellationTokenSource();
        var running = pipeline.SendAsync(1, cancellation.Token).AsTask();
        var waiting = pipeline.SendAsync(2, cancellation.Token).AsTask();
        await Until(() => runtime.Describe() is { Permits.InUse: 1, Waiting.Room: 1 });

        await cancellation.CancelAsync();
        var late = pipeline.SendAsync(3, cancellation.Token).AsTask();

        foreach (var sent in new[] { running, waiting, late })
        {
            var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => InTime(sent));
            Assert.Equal(cancellation.Token, thrown.CancellationToken);
            Assert.True(sent.IsCanceled);
        }

        release.SetResult(1);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Cancellation_in_the_instant_of_sending_carries_the_callers_token()
    {
        var time = new CallbackTimeProvider(Time);
        var (pipeline, runtime) = Start<int, int>(builder => builder.UseTime(time).Handle((id, _) => Task.FromResult(id)));
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        using var cancellation = new CancellationTokenSource();

        // After the first look at the token, the clock is asked for the deadline.
        time.OnTimestamp = cancellation.Cancel;
        var sent = pipeline.SendAsync(2, cancellation.Token).AsTask();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => InTime(sent));
        Assert.Equal(cancellation.Token, thrown.CancellationToken);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Deadline_answers_the_caller_while_the_handler_keeps_its_permit_until_it_ends()
    {
        var release = new TaskCompletionSource<int>();
        var told = new TaskCompletionSource();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle((_, ct) =>
            {
                ct.Register(told.SetResult);
                return release.Task;
            }),
            options =>
            {
                options.Timeout = TimeSpan.FromSeconds(5);
                options.Throttle.Concurrency = 1;
            });
        var sent = pipeline.SendAsync(1).AsTask();
        var waiting = pipeline.TrySendAsync(2).AsTask();
        await Until(() => runtime.Describe() is { Permits.InUse: 1, Waiting.Room: 1 });

        Time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromMilliseconds(1));
        Assert.False(sent.IsCompleted);
        Time.Advance(TimeSpan.FromMilliseconds(1));

        var refused = await Assert.ThrowsAsync<RequestRejectedException>(() => InTime(sent));
        Assert.Equal(RefusalReason.DeadlinePassed, refused.Reason);
        Assert.Equal(RefusalReason.DeadlinePassed, (await InTime(waiting)).Reason);
        await InTime(told.Task);
        await Until(() => runtime.Describe() is { Zombies: 1, Permits.InUse: 1, InFlight: 1, Waiting.Room: 0 });

        release.SetResult(1);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Timeout_of_a_call_only_shortens_and_must_be_more_than_zero()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle((_, _) => release.Task), options => options.Timeout = TimeSpan.FromSeconds(5));
        var shorter = pipeline.TrySendAsync(1, TimeSpan.FromSeconds(1)).AsTask();
        var longer = pipeline.TrySendAsync(1, TimeSpan.MaxValue).AsTask();
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(RefusalReason.DeadlinePassed, (await InTime(shorter)).Reason);
        Assert.False(longer.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(RefusalReason.DeadlinePassed, (await InTime(longer)).Reason);

        foreach (var bad in new[] { TimeSpan.Zero, Timeout.InfiniteTimeSpan, TimeSpan.MinValue })
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await pipeline.TrySendAsync(1, bad));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await pipeline.SendAsync(1, bad));
        }

        release.SetResult(1);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task One_load_serves_a_thousand_callers()
    {
        var release = new TaskCompletionSource<int>();
        var runs = 0;
        var (pipeline, runtime) = Start<int, int>(builder => builder.CacheBy(_ => "key").Handle((_, _) =>
        {
            Interlocked.Increment(ref runs);
            return release.Task;
        }));
        var all = new Task<int>[1000];
        Parallel.For(0, all.Length, i => all[i] = pipeline.SendAsync(i).AsTask());
        await Until(() => runtime.Describe().Waiting.Joined == 999);
        release.SetResult(4);

        Assert.All(await InTime(Task.WhenAll(all)), value => Assert.Equal(4, value));
        Assert.Equal(1, runs);
        Assert.Equal(999, runtime.Describe().Cache!.Joined);
        await AssertNothingHeld(runtime);
    }

    // Whoever asked first is the load itself where it runs on its caller's side, and then stays inside for those who joined.
    [Theory]
    [InlineData(DispatcherKind.Inline, 1, 2)]
    [InlineData(DispatcherKind.Pool, 0, 1)]
    public async Task Load_goes_on_without_the_one_who_asked_first_and_stops_without_the_last(DispatcherKind dispatcher, int joined, int inside)
    {
        var release = new TaskCompletionSource<int>();
        var told = new TaskCompletionSource();
        var (pipeline, runtime) = Start<int, int>(builder => builder.CacheBy(_ => "key").Handle((_, ct) =>
        {
            ct.Register(told.SetResult);
            return release.Task;
        }), options => options.Dispatcher = dispatcher);
        await Until(() => runtime.Core.Ingress.Epoch > 0);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var one = pipeline.TrySendAsync(1, first.Token).AsTask();
        var two = pipeline.TrySendAsync(2, second.Token).AsTask();
        await Until(() => runtime.Describe().Waiting.Joined == 1);

        await first.CancelAsync();
        Assert.Equal(RefusalReason.Cancelled, (await InTime(one)).Reason);
        await Until(() => runtime.Describe() is { } now && (now.Waiting.Joined, now.InFlight) == (joined, inside));
        Assert.False(told.Task.IsCompleted);

        await second.CancelAsync();
        Assert.Equal(RefusalReason.Cancelled, (await InTime(two)).Reason);
        await InTime(told.Task);
        await Until(() => runtime.Describe() is { Zombies: 1, Permits.InUse: 1 });
        release.SetResult(1);
        await AssertNothingHeld(runtime);
    }

    private static Task<int>? NoTask() => Array.Empty<Task<int>>().FirstOrDefault();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<int> ThrowAtOnce() => throw new InvalidDataException("at once");

    private static async Task<int> ThrowLater()
    {
        await Task.Yield();
        throw new InvalidDataException("later");
    }

    private sealed class ThrowingPolicy(string where) : ICachingPolicy<int, int>
    {
        public string? KeyOf(int request) => where == "key" ? throw new InvalidDataException(where) : "key";

        public CachingVerdict Judge(int request, int response) => where == "judge" ? throw new InvalidDataException(where) : CachingVerdict.Pass;
    }
}
