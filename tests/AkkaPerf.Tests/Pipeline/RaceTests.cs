using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using Xunit.Abstractions;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Outcome, deadline, cancellation, failure of the stream and drain race on real threads: one outcome each, nothing kept.</summary>
public abstract class RaceTests : PipelineHarness
{
    private const int Callers = 6;
    private const int Steps = 4_000;

    private readonly int _seed = Random.Shared.Next();

    private protected RaceTests(ITestOutputHelper output, bool fuzzing)
        : base(fuzzing) => output.WriteLine($"seed {_seed}");

    [Theory]
    [InlineData(DispatcherKind.Inline, WhenFull.Reject, false)]
    [InlineData(DispatcherKind.Inline, WhenFull.Wait, true)]
    [InlineData(DispatcherKind.Pool, WhenFull.Reject, true)]
    [InlineData(DispatcherKind.Pool, WhenFull.Wait, false)]
    public async Task Every_caller_gets_one_outcome_and_nothing_is_kept(DispatcherKind dispatcher, WhenFull whenFull, bool streamFails)
    {
        var factory = new FakeConnectionFactory(Time);
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.ConnectWith(factory).CacheBy(id => id % 2 == 0 ? $"{id % 64}" : null).Handle(HandleAsync),
            options => Configure(options, dispatcher, whenFull));

        using var ended = new CancellationTokenSource();
        var clock = Task.Run(() => Disturb(runtime, streamFails, ended.Token));
        var callers = Enumerable.Range(0, Callers).Select(seed => Task.Run(() => CallAsync(pipeline, new Random(_seed + seed)))).ToArray();
        var answers = await Task.WhenAll(callers).WaitAsync(TimeSpan.FromMinutes(3));
        await ended.CancelAsync();
        await InTime(clock);

        Assert.Equal(Callers * Steps, answers.Sum());
        await Until(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(50));
            return runtime.Describe() is { State: PipelineState.Running, InFlight: 0 };
        }, () => Text(runtime.Describe()));
        await AssertNothingHeld(runtime);
        Assert.True(factory.Peak <= 2 * 3);

        var drained = Enumerable.Range(0, 100).Select(id => pipeline.TrySendAsync(id).AsTask()).ToArray();
        var drain = pipeline.DrainAsync();
        await Until(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(50));
            return drain.IsCompleted;
        });
        await InTime(Task.WhenAll(drained));
        await AssertNothingHeld(runtime);
        await Until(() => factory.OpenNow == 0);
        Assert.Equal(0, factory.WrongCloses);
    }

    private static void Configure(PipelineOptions options, DispatcherKind dispatcher, WhenFull whenFull)
    {
        options.Dispatcher = dispatcher;
        options.Timeout = TimeSpan.FromMilliseconds(40);
        options.Cache.Ttl = TimeSpan.FromMilliseconds(5);
        options.Ingress.Capacity = 24;
        options.Ingress.WhenFull = whenFull;
        options.Throttle.Concurrency = 5;
        options.Throttle.Queue = 4;
        options.Connections.MaxPerBackend = 2;

        // Virtual time runs a thousand times as fast as a thread that opens or closes: given up in between, a connection would be one too many.
        options.Connections.ConnectTimeout = TimeSpan.FromMinutes(10);
        foreach (var id in new[] { "a", "b", "c" })
        {
            options.Backends.Add(new() { Id = id, Address = new Uri("tcp://" + id) });
        }
    }

    private static async Task<int> HandleAsync(int id, FakeConnection connection, CancellationToken cancellationToken)
    {
        using (connection.Hold())
        {
            switch (id % 7)
            {
                case 0:
                    return id;
                case 1:
                    throw new InvalidDataException("fault");
                case 2:
                    // Until somebody ends it: the deadline, the caller, the pipeline.
                    await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
                    return id;
                case 3:
                    await Task.Yield();
                    throw new ConnectFailedException("not sent");
                default:
                    await Task.Yield();
                    return id;
            }
        }
    }

    private static async Task<int> CallAsync(RequestPipeline<int, int> pipeline, Random random)
    {
        var answers = 0;
        for (var step = 0; step < Steps; step += 8)
        {
            using var cancellation = new CancellationTokenSource();
            var sent = new Task<Outcome<int>>[8];
            var requests = new int[8];
            for (var i = 0; i < sent.Length; i++)
            {
                requests[i] = random.Next(1000);
                sent[i] = random.Next(4) == 0
                    ? ThroughBatchAsync(pipeline, requests[i], cancellation.Token)
                    : pipeline.TrySendAsync(requests[i], cancellation.Token).AsTask();
            }

            if (random.Next(3) == 0)
            {
                await cancellation.CancelAsync();
            }

            foreach (var (request, outcome) in requests.Zip(await Task.WhenAll(sent)))
            {
                // A kept or joined answer is another request's of the same key.
                Assert.True(!outcome.IsSuccess || outcome.Value % 64 == request % 64, $"{request} got {outcome}");
                answers++;
            }
        }

        return answers;
    }

    private static async Task<Outcome<int>> ThroughBatchAsync(RequestPipeline<int, int> pipeline, int request, CancellationToken cancellationToken) =>
        (await pipeline.SendBatchAsync([request], cancellationToken))[0];

    private void Disturb(PipelineRuntime runtime, bool streamFails, CancellationToken ended)
    {
        var failures = 0;
        for (var i = 1; !ended.IsCancellationRequested; i++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(1));
            if (i % 64 == 0)
            {
                runtime.Core.Permits.Resize(3 + (i / 64 % 5));
            }

            // One at a time: a second one would meet the end of the stage instead of the stage.
            if (streamFails && i % 2000 == 0 && runtime.Describe() is { State: PipelineState.Running } now && now.Restarts == failures)
            {
                failures++;
                (i % 4000 == 0 ? runtime.Core.Connections.Ended : runtime.Core.Ingress.Submitted).Post(null!);
            }

            Thread.Yield();
        }
    }
}
