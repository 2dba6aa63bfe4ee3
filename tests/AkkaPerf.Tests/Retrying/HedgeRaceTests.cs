using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Pipeline;
using Xunit.Abstractions;

namespace AkkaPerf.Tests.Retrying;

/// <summary>Tries beside one another, early answers, attempt timeouts, pauses, callers who leave, deadlines and failures of the stream race on real threads.</summary>
public abstract class HedgeRaceTests : PipelineHarness
{
    private const int Callers = 6;
    private const int Steps = 2_000;

    private readonly ITestOutputHelper _output;
    private readonly int _seed = Random.Shared.Next();
    private TaskCompletionSource _isRunning = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private protected HedgeRaceTests(ITestOutputHelper output, bool fuzzing)
        : base(fuzzing)
    {
        _output = output;
        output.WriteLine($"seed {_seed}");
    }

    [Theory]
    [InlineData(DispatcherKind.Inline, false, false)]
    [InlineData(DispatcherKind.Pool, true, false)]
    [InlineData(DispatcherKind.Inline, true, true)]
    [InlineData(DispatcherKind.Pool, false, true)]
    public async Task Every_caller_gets_one_outcome_and_nothing_is_kept(DispatcherKind dispatcher, bool streamFails, bool isCached)
    {
        var factory = new FakeConnectionFactory(Time);
        var (pipeline, runtime) = Start<int, int>(
            builder =>
            {
                builder.RetryWhen(static id => id % 5 != 0, static exception => exception is not OperationCanceledException);
                if (isCached)
                {
                    builder.CacheBy(static id => id % 2 == 0 ? $"{id % 64}" : null);
                }

                builder.ConnectWith(factory).HandleExchange(HandleAsync);
            },
            options => Configure(options, dispatcher));

        using var ended = new CancellationTokenSource();

        // A thread of its own: it never ends its turn, and on two cores the pool may have no more than two.
        var clock = Task.Factory.StartNew(
            () => Disturb(runtime, streamFails, ended.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
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
        Assert.All(runtime.Describe().Backends, backend => Assert.Equal(0, backend.InFlight));
        Assert.True(factory.Peak <= 3 * 4);
        _output.WriteLine($"{runtime.Describe().Retrying}, {runtime.Describe().Restarts} restarts");

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

    private static void Configure(PipelineOptions options, DispatcherKind dispatcher)
    {
        options.Dispatcher = dispatcher;
        options.Timeout = TimeSpan.FromMilliseconds(40);
        options.Cache.Ttl = TimeSpan.FromMilliseconds(5);
        options.Ingress.Capacity = 24;
        options.Throttle.Concurrency = 6;
        options.Throttle.Queue = 8;
        options.Retry.Attempts = 2;
        options.Retry.AttemptTimeout = TimeSpan.FromMilliseconds(12);
        options.Retry.SameBackend = true;
        options.Retry.BackOff.Base = TimeSpan.FromMilliseconds(2);
        options.Retry.BackOff.Max = TimeSpan.FromMilliseconds(5);
        options.Retry.Budget.Ratio = 1;
        options.Hedge.Enabled = true;
        options.Hedge.MinSamples = 10;
        options.Hedge.Quantile = 0.5;
        options.Connections.MaxPerBackend = 4;
        options.Health.Passive.Enabled = false;

        // Virtual time runs a thousand times as fast as a thread that opens or closes: given up in between, a connection would be one too many.
        options.Connections.ConnectTimeout = TimeSpan.FromMinutes(10);
        foreach (var id in new[] { "a", "b", "c" })
        {
            options.Backends.Add(new() { Id = id, Address = new Uri("tcp://" + id) });
        }
    }

    private async ValueTask<int> HandleAsync(int id, FakeConnection connection, IExchangeContext<int> context)
    {
        var cancellation = context.CancellationToken;
        using (connection.Hold())
        {
            switch (id % 11)
            {
                case 0:
                    return id;
                case 1:
                    throw new InvalidDataException("fault");
                case 2:
                    // Until somebody ends it: the deadline, the caller, another try, the pipeline.
                    await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(false);
                    return id;
                case 3:
                    await Task.Yield();
                    throw new ConnectFailedException("not sent");
                case 4:
                case 5:
                    // The head early, the rest later; whoever loses must stop.
                    await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(8)), Time, CancellationToken.None).ConfigureAwait(false);
                    context.TryAnswer(id);
                    await Task.Yield();
                    return -1;
                case 6:
                    await Task.Yield();
                    context.PreferAnother(TimeSpan.FromMilliseconds(Random.Shared.Next(3)));
                    return id;
                case 7:
                case 8:
                    // One that does not listen.
                    await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(16)), Time, CancellationToken.None).ConfigureAwait(false);
                    return id;
                default:
                    await Task.Yield();
                    return id;
            }
        }
    }

    private async Task<int> CallAsync(RequestPipeline<int, int> pipeline, Random random)
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
                Assert.True(!outcome.IsSuccess || outcome.Value == request || (request % 2 == 0 && outcome.Value % 64 == request % 64), $"{request} got {outcome}");
                answers++;
            }

            // Nobody races at a shut door.
            await InTime(Volatile.Read(ref _isRunning).Task);
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
            var isRunning = runtime.Core.State == PipelineState.Running;
            if (isRunning)
            {
                _isRunning.TrySetResult();
            }
            else if (_isRunning.Task.IsCompleted)
            {
                Volatile.Write(ref _isRunning, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            Time.Advance(TimeSpan.FromMilliseconds(isRunning ? 0.1 : 10_000));
            if (i % 64 == 0)
            {
                runtime.Core.Permits.Resize(3 + (i / 64 % 5));
            }

            // One at a time: a second one would meet the end of the stage instead of the stage.
            if (streamFails && i % 3000 == 0 && runtime.Describe() is { State: PipelineState.Running } now && now.Restarts == failures)
            {
                failures++;
                (i % 6000 == 0 ? runtime.Core.Connections.Ended : runtime.Core.Ingress.Submitted).Post(null!);
            }

            Thread.Yield();
        }
    }
}
