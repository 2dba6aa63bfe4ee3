using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Throttling;

/// <summary>Throttling as a caller sees it, through a whole pipeline.</summary>
public abstract class ThrottledPipelineTests(IslandMode mode)
{
    private int _started;

    [Theory]
    [InlineData(1, 100)]
    [InlineData(1_000, 1)]
    [InlineData(100_000, 1)]
    public async Task The_rate_is_exact_in_virtual_time(double rate, int step)
    {
        // A hundred steps, each as long as ten starts take at the least, or a millisecond.
        await using var pipeline = Start(options =>
        {
            options.Timeout = TimeSpan.FromHours(1);
            options.Throttle.Rate = rate;
            options.Throttle.Burst = 1;
            options.Throttle.Queue = 100_000;
            options.Throttle.Concurrency = 100_000;
            options.Ingress.Capacity = 100_000;
        });
        var length = TimeSpan.FromMilliseconds(step * (rate < 10 ? 10 : 1));
        var expected = (int)(rate * length.TotalSeconds * 100) + 1;
        var sending = Enumerable.Range(0, expected + 50).Select(_ => pipeline.Pipeline.TrySendAsync(0).AsTask()).ToArray();
        await pipeline.UntilAsync(() => Started == 1 && pipeline.Pipeline.Describe().Waiting.Room == expected + 49, "the first to start and the others to wait");
        for (var i = 1; i <= 100; i++)
        {
            pipeline.Advance(length);
            var due = 1 + (int)Math.Floor((rate * length.TotalSeconds * i) + 1e-9);
            await pipeline.UntilAsync(() => Started >= due, $"{due} starts in step {i}");
            Assert.Equal(due, Started);
        }

        pipeline.Advance(TimeSpan.FromHours(2));
        await Task.WhenAll(sending);
        await pipeline.AssertIdleAsync();
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public async Task The_rate_holds_on_a_real_clock(double rate)
    {
        var count = (int)rate / 2;
        var starts = new long[count];
        await using var pipeline = TestPipeline.Start<int, int>(
            builder => builder
                .Configure(options =>
                {
                    options.Throttle.Rate = rate;
                    options.Throttle.Burst = 1;
                    options.Throttle.Queue = 1_000_000;
                    options.Ingress.Capacity = 1_000_000;
                })
                .Handle((request, _) =>
                {
                    starts[Interlocked.Increment(ref _started) - 1] = TimeProvider.System.GetTimestamp();
                    return new ValueTask<int>(request);
                }),
            options => (options.RealTime, options.Fuzzing) = (true, mode == IslandMode.Fuzzed));
        var begin = TimeProvider.System.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, count).Select(i => pipeline.Pipeline.SendAsync(i).AsTask()));

        Array.Sort(starts);
        var shares = starts.Select((start, index) => (index + 1) / ((rate * TimeProvider.System.GetElapsedTime(begin, start).TotalSeconds) + 1)).ToArray();

        // Never too many, whatever the machine does. That there are not too few either is the bucket's own test: how many a loaded
        // machine starts in time is not for a test to say.
        Assert.All(shares, share => Assert.True(share <= 1, $"{share}"));
        await pipeline.AssertIdleAsync();
    }

    [Fact]
    public async Task A_full_room_sheds_at_the_door_until_there_is_a_place()
    {
        await using var pipeline = Start(options => (options.Throttle.Concurrency, options.Throttle.Queue) = (1, 1));
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Handler = _ => held.Task;
        var running = pipeline.Pipeline.TrySendAsync(1).AsTask();
        await pipeline.UntilAsync(() => Started == 1, "the first to start");
        var waiting = pipeline.Pipeline.TrySendAsync(2).AsTask();
        await pipeline.UntilAsync(() => pipeline.Core.Door.Shedding is not null, "the room to be full");

        Assert.Equal(RefusalReason.QueueFull, (await pipeline.Pipeline.TrySendAsync(3)).Reason);
        Assert.Equal(2, pipeline.Pipeline.Describe().InFlight);
        held.SetResult(7);

        Assert.Equal((7, 7), ((await running).Value, (await waiting).Value));
        await pipeline.UntilAsync(() => pipeline.Core.Door.Shedding is null, "the door to let in again");
        Assert.True((await pipeline.Pipeline.TrySendAsync(4)).IsSuccess);
        await pipeline.AssertIdleAsync();
    }

    [Fact]
    public async Task The_door_says_why_it_sheds_now_not_why_it_began()
    {
        await using var pipeline = Start(options =>
            (options.Throttle.Concurrency, options.Throttle.Queue, options.Throttle.Rate, options.Throttle.Burst) = (2, 0, 1, 2));
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Handler = _ => held.Task;
        var running = new[] { pipeline.Pipeline.TrySendAsync(1).AsTask(), pipeline.Pipeline.TrySendAsync(2).AsTask() };
        await pipeline.UntilAsync(() => Started == 2 && pipeline.Core.Door.Shedding == RefusalReason.QueueFull, "both permits to be taken");
        Assert.Null((await pipeline.Pipeline.TrySendAsync(3)).RetryAfter);

        held.SetResult(7);
        await Task.WhenAll(running);
        await pipeline.UntilAsync(() => pipeline.Core.Door.Shedding == RefusalReason.RateLimited, "only tokens to be missing");
        pipeline.Advance(TimeSpan.FromSeconds(0.25));

        var refused = await pipeline.Pipeline.TrySendAsync(4);
        Assert.Equal((RefusalReason.RateLimited, TimeSpan.FromSeconds(0.75)), (refused.Reason, refused.RetryAfter));
    }

    [Fact]
    public async Task With_a_rate_and_no_room_the_next_comes_in_when_its_time_has_come()
    {
        await using var pipeline = Start(options => (options.Throttle.Rate, options.Throttle.Queue) = (1, 0));
        Assert.True((await pipeline.Pipeline.TrySendAsync(1)).IsSuccess);
        await pipeline.AssertIdleAsync();
        Assert.Equal(RefusalReason.RateLimited, (await pipeline.Pipeline.TrySendAsync(2)).Reason);

        pipeline.Advance(TimeSpan.FromSeconds(1));

        await pipeline.UntilAsync(() => pipeline.Core.Door.Shedding is null, "the door to let in again");
        Assert.True((await pipeline.Pipeline.TrySendAsync(3)).IsSuccess);
    }

    [Fact]
    public async Task With_a_rate_and_no_room_the_door_itself_refuses_and_lets_in_again()
    {
        await using var pipeline = Start(options => (options.Throttle.Rate, options.Throttle.Queue, options.Dispatcher) = (1, 0, DispatcherKind.Inline));

        // The first may have come before the stage, which then says itself when somebody may come again.
        Assert.True((await pipeline.Pipeline.TrySendAsync(0)).IsSuccess);
        await pipeline.AssertIdleAsync();
        pipeline.Advance(TimeSpan.FromSeconds(1));
        await pipeline.UntilAsync(() => pipeline.Core.Door.Shedding is null, "the door to let in again");
        for (var second = 1; second < 5; second++)
        {
            Assert.True((await pipeline.Pipeline.TrySendAsync(second)).IsSuccess);
            await pipeline.AssertIdleAsync();
            pipeline.Advance(TimeSpan.FromSeconds(0.25));

            // At once, and the stage is not told: it would have the door shed.
            var refused = pipeline.Pipeline.TrySendAsync(second);
            Assert.True(refused.IsCompletedSuccessfully);
            var outcome = await refused;
            Assert.Equal((RefusalReason.RateLimited, TimeSpan.FromSeconds(0.75)), (outcome.Reason, outcome.RetryAfter));
            Assert.Null(pipeline.Core.Door.Shedding);
            pipeline.Advance(TimeSpan.FromSeconds(0.75));
        }

        Assert.Equal((5, 4), (Started, pipeline.Pipeline.Describe().Refused[nameof(RefusalReason.RateLimited)]));
    }

    [Theory]
    [InlineData(DispatcherKind.Inline)]
    [InlineData(DispatcherKind.Pool)]
    public async Task In_still_time_as_many_start_as_there_are_tokens_whoever_asks(DispatcherKind dispatcher)
    {
        // Inline, a start is granted on its caller's own thread; from the pool, on the island.
        await using var pipeline = Start(options =>
        {
            (options.Throttle.Rate, options.Throttle.Burst, options.Throttle.Queue, options.Throttle.Concurrency) = (10, 50, 0, 1_000);
            options.Dispatcher = dispatcher;
        });
        await AskBySeveralAsync(pipeline);
        Assert.Equal(50, Started);
        for (var second = 1; second <= 3; second++)
        {
            pipeline.Advance(TimeSpan.FromSeconds(1));
            while (Started < 50 + (second * 10))
            {
                await AskBySeveralAsync(pipeline);
            }

            await AskBySeveralAsync(pipeline);
            Assert.Equal(50 + (second * 10), Started);
        }

        await pipeline.AssertIdleAsync();
    }

    [Fact]
    public async Task With_wait_and_no_room_callers_wait_at_the_door_for_the_rate()
    {
        await using var pipeline = Start(options =>
        {
            (options.Throttle.Rate, options.Throttle.Queue) = (1, 0);
            options.Ingress.WhenFull = WhenFull.Wait;
        });
        Assert.True((await pipeline.Pipeline.TrySendAsync(1)).IsSuccess);
        await pipeline.AssertIdleAsync();
        var waiting = pipeline.Pipeline.TrySendAsync(2).AsTask();
        await pipeline.UntilAsync(() => pipeline.Pipeline.Describe().InFlight == 1, "the second to wait");

        pipeline.Advance(TimeSpan.FromSeconds(1));

        Assert.True((await waiting).IsSuccess);
    }

    [Fact]
    public async Task Who_expires_in_the_room_never_starts()
    {
        await using var pipeline = Start(options => options.Throttle.Concurrency = 1);
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Handler = _ => held.Task;
        var running = pipeline.Pipeline.TrySendAsync(1).AsTask();
        await pipeline.UntilAsync(() => Started == 1, "the first to start");
        var waiting = pipeline.Pipeline.TrySendAsync(2, TimeSpan.FromSeconds(1)).AsTask();
        await pipeline.UntilAsync(() => pipeline.Pipeline.Describe().Waiting.Room == 1, "the second to wait");

        pipeline.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(RefusalReason.DeadlinePassed, (await waiting).Reason);
        await pipeline.UntilAsync(() => pipeline.Pipeline.Describe() is { Waiting.Room: 0, InFlight: 1 }, "the room to be empty");
        held.SetResult(1);
        Assert.True((await running).IsSuccess);
        await pipeline.AssertIdleAsync();
        Assert.Equal(1, Started);
    }

    [Fact]
    public async Task A_resize_takes_effect_while_it_runs()
    {
        await using var pipeline = Start(options => options.Throttle.Concurrency = 1);
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Handler = _ => held.Task;
        var sending = Enumerable.Range(0, 5).Select(i => pipeline.Pipeline.TrySendAsync(i).AsTask()).ToArray();
        await pipeline.UntilAsync(() => pipeline.Pipeline.Describe().Waiting.Room == 4, "four to wait");

        pipeline.Pipeline.SetConcurrency(3);

        await pipeline.UntilAsync(() => Started == 3 && pipeline.Pipeline.Describe() is { Permits.InUse: 3, Waiting.Room: 2 }, "three to run");
        pipeline.Pipeline.SetConcurrency(1);
        held.SetResult(0);
        await Task.WhenAll(sending);
        await pipeline.AssertIdleAsync();
    }

    private Func<int, Task<int>> Handler { get; set; } = Task.FromResult;

    private int Started => Volatile.Read(ref _started);

    private static Task AskBySeveralAsync(TestPipeline<int, int> pipeline) => Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
    {
        for (var i = 0; i < 100; i++)
        {
            var outcome = await pipeline.Pipeline.TrySendAsync(i);
            Assert.True(outcome.IsSuccess || outcome.Reason == RefusalReason.RateLimited, $"{outcome.Reason}");
        }
    })));

    private TestPipeline<int, int> Start(Action<PipelineOptions> configure) => TestPipeline.Start<int, int>(
        builder => builder.Configure(configure).Handle((request, _) =>
        {
            Interlocked.Increment(ref _started);
            return new ValueTask<int>(Handler(request));
        }),
        options => options.Fuzzing = mode == IslandMode.Fuzzed);

    public sealed class Plain() : ThrottledPipelineTests(IslandMode.Plain);

    public sealed class Fuzzed() : ThrottledPipelineTests(IslandMode.Fuzzed);
}
