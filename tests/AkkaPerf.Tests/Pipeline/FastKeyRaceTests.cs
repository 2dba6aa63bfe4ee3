using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using Xunit.Abstractions;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Loads of few keys that run without the stream, joined, overtaken, left and let down from all sides at once, against a model of their source.</summary>
public sealed class FastKeyRaceTests : PipelineHarness
{
    private const int Callers = 6;
    private const int Steps = 200;
    private const int Width = 6;
    private const int Seeds = 3;

    private readonly ITestOutputHelper _output;

    public FastKeyRaceTests(ITestOutputHelper output) => _output = output;

    [Theory]
    [InlineData(Stress.None)]
    [InlineData(Stress.Changes)]
    [InlineData(Stress.Cancels)]
    [InlineData(Stress.Changes | Stress.Cancels | Stress.Backends)]
    [InlineData(Stress.Changes | Stress.Cancels | Stress.Stale | Stress.Timeouts)]
    [InlineData(Stress.Changes | Stress.Cancels | Stress.EarlyAnswers | Stress.Stale)]
    [InlineData(Stress.Changes | Stress.Cancels | Stress.Restarts)]
    [InlineData(Stress.Timeouts | Stress.Restarts | Stress.Backends)]
    [InlineData((Stress)int.MaxValue)]
    public async Task Every_caller_gets_one_answer_of_its_key_that_is_not_too_old_and_nothing_is_kept(Stress stress)
    {
        var fast = 0;
        for (var i = 0; i < Seeds; i++)
        {
            var seed = Random.Shared.Next();
            _output.WriteLine($"seed {seed}");
            fast += await new FastKeyRace(this, stress, new Random(seed)).RunAsync();
        }

        Assert.True(fast > 0, "All went through the stream.");
    }

    /// <summary>What besides racing callers there is.</summary>
    [Flags]
    public enum Stress
    {
        None = 0,
        Changes = 1,
        Cancels = 2,
        Timeouts = 4,
        Stale = 8,
        EarlyAnswers = 16,
        Backends = 32,
        Restarts = 64,
    }

    // One pipeline from its start to its end.
    private sealed class FastKeyRace
    {
        private readonly FastKeyRaceTests _test;
        private readonly Stress _stress;
        private readonly Random _random;
        private readonly RacedKey[] _keys;
        private readonly RacedSource _source;
        private readonly RequestPipeline<RacedRequest, RacedAnswer> _pipeline;
        private readonly PipelineRuntime _runtime;
        private readonly CancellationTokenSource _quiet = new();
        private readonly string _settings;
        private int _poisons;

        public FastKeyRace(FastKeyRaceTests test, Stress stress, Random random)
        {
            _test = test;
            _stress = stress;
            _random = random;
            _keys = [.. Enumerable.Range(0, random.Next(1, 5)).Select(static id => new RacedKey(id))];
            _source = new RacedSource(_keys, checksAlone: !Has(Stress.Timeouts) && !Has(Stress.Restarts) && !Has(Stress.EarlyAnswers));
            var traits = HandlerTraits.KeepsNoContext | (random.Next(2) == 0 ? HandlerTraits.NonBlocking : HandlerTraits.None);
            PipelineOptions? used = null;
            (_pipeline, _runtime) = test.Start<RacedRequest, RacedAnswer>(
                builder =>
                {
                    builder.CacheBy(request => _keys[request.Key].Name, (request, _) => [_keys[request.Key].Tag]);
                    builder.RetryWhen(static request => request.Mood != Mood.ThrowsLater);
                    if (Has(Stress.Backends) && random.Next(2) == 0)
                    {
                        builder.ConnectWith(new FakeConnectionFactory(test.Time));
                    }

                    builder.SetHandler((request, _, context) => _source.AnswerAsync(request, context), traits);
                },
                options => Configure(used = options));
            _settings = $"{stress}; {_keys.Length} keys; {traits}; concurrency {used!.Throttle.Concurrency}, queue {used.Throttle.Queue}, "
                + $"capacity {used.Ingress.Capacity}, joiners {used.Cache.MaxJoiners}, entries {used.Cache.L1.Capacity}, ttl {used.Cache.Ttl}, "
                + $"pause {used.Cache.Life.FailurePause}, soft {used.Cache.Stale.SoftTimeout}, eager {used.Cache.Refresh.Eager}";
        }

        public async Task<int> RunAsync()
        {
            _test._output.WriteLine(_settings);
            await Until(() => _runtime.Core.Ingress.Epoch > 0);
            var disturbing = Task.Run(Disturb);
            var callers = Enumerable.Range(0, Callers).Select(_ => new Random(_random.Next())).ToArray();
            try
            {
                await Task.WhenAll(callers.Select(random => Task.Run(() => CallAsync(random)))).WaitAsync(TimeSpan.FromMinutes(1));
                await SettleAsync();
                await DrainAsync(new Random(_random.Next()));
            }
            catch (TimeoutException)
            {
                Assert.Fail($"Somebody hangs: {Text(_runtime.Describe())}, {_runtime.Core.Loads!.Count} loads");
            }
            finally
            {
                await _quiet.CancelAsync();
                await disturbing;
            }

            Assert.True(_source.Faults.IsEmpty, string.Join('\n', _source.Faults.Take(5)));
            return _source.Fast;
        }

        private bool Has(Stress stress) => (_stress & stress) != Stress.None;

        private void Configure(PipelineOptions options)
        {
            options.Timeout = Has(Stress.Timeouts) ? TimeSpan.FromMilliseconds(_random.Next(5, 60)) : TimeSpan.FromDays(1);
            options.Ingress.Capacity = _random.Next(8, 64);
            options.Throttle.Concurrency = _random.Next(1, 6);
            options.Throttle.Queue = _random.Next(0, 6);
            options.Retry.Attempts = Has(Stress.Backends) ? _random.Next(0, 3) : 0;
            options.Cache.MaxJoiners = _random.Next(1, 16);
            options.Cache.L1.Capacity = _random.Next(1, 6);
            options.Cache.Ttl = TimeSpan.FromMilliseconds(_random.Next(1, 30));
            options.Cache.Life.FailurePause = TimeSpan.FromMilliseconds(_random.Next(2) * _random.Next(1, 10));
            options.Connections.MaxPerBackend = 2;
            options.Connections.ConnectTimeout = TimeSpan.FromMinutes(10);
            if (Has(Stress.Stale))
            {
                options.Cache.Stale.WhileRevalidate = TimeSpan.FromMilliseconds(_random.Next(0, 20));
                options.Cache.Stale.IfError = TimeSpan.FromMilliseconds(_random.Next(0, 40));
                options.Cache.Stale.SoftTimeout = TimeSpan.FromMilliseconds(_random.Next(2) * _random.Next(1, 5));
                options.Cache.Stale.RetryAfter = TimeSpan.FromMilliseconds(_random.Next(1, 5));
                options.Cache.Refresh.Eager = _random.Next(2) * 0.5;
            }

            for (var i = 0; Has(Stress.Backends) && i < 3; i++)
            {
                options.Backends.Add(new() { Id = $"b{i}", Address = new Uri($"tcp://b{i}") });
            }
        }

        private async Task CallAsync(Random random)
        {
            for (var step = 0; step < Steps; step++)
            {
                // What is kept soon ends, and while there is no stream nobody asks.
                _test.Time.Advance(TimeSpan.FromMilliseconds(random.Next(8)));
                await Until(() => _runtime.Core.Ingress.Epoch > 0);
                if (Has(Stress.Changes) && random.Next(4) == 0)
                {
                    await ChangeAsync(random);
                }

                using var cancellation = new CancellationTokenSource();
                var calls = Enumerable.Range(0, random.Next(1, Width)).Select(_ => CallAsync(random, cancellation.Token)).ToArray();
                if (Has(Stress.Cancels) && random.Next(3) == 0)
                {
                    Spin(random);
                    Array.ForEach(_keys, static key => key.Disturb());
                    await cancellation.CancelAsync();
                }

                await Task.WhenAll(calls);
            }
        }

        private async Task CallAsync(Random random, CancellationToken cancellationToken)
        {
            var key = _keys[random.Next(_keys.Length)];
            var floor = key.Floor;
            var request = new RacedRequest(key.Id, MoodOf(random), key.Quiet);
            var isShort = Has(Stress.Timeouts) && random.Next(3) == 0;
            var outcome = random.Next(8) == 0
                ? (await _pipeline.SendBatchAsync([request], cancellationToken))[0]
                : await (isShort
                    ? _pipeline.TrySendAsync(request, TimeSpan.FromMilliseconds(random.Next(1, 10)), cancellationToken).AsTask()
                    : _pipeline.TrySendAsync(request, cancellationToken).AsTask());
            if (outcome.IsSuccess && (outcome.Value.Key != key.Id || outcome.Value.Version < floor))
            {
                _source.Faults.Enqueue($"{request} got {outcome.Value}, but {floor} is the oldest");
            }
            else if (outcome.Exception is not (null or InvalidDataException or OperationCanceledException or LoadPausedException))
            {
                _source.Faults.Enqueue($"{request} got {outcome.Exception}");
            }
        }

        private Mood MoodOf(Random random) => (Mood)random.Next(Has(Stress.EarlyAnswers) ? (int)Mood.KeepsAfterAnswering + 1 : (int)Mood.AnswersEarly);

        // Of one key, of those with its tag, of those whose name begins like its own, or of all.
        private async Task ChangeAsync(Random random)
        {
            var key = _keys[random.Next(_keys.Length)];
            var how = random.Next(6);
            RacedKey[] changed = how switch
            {
                0 => _keys,
                1 => [.. _keys.Where(other => other.Tag == key.Tag)],
                _ => [key],
            };
            var versions = changed.Select(static one => one.BeginChange()).ToArray();
            var reloaded = default(Outcome<RacedAnswer>?);
            switch (how)
            {
                case 0:
                    await _pipeline.Cache!.ClearAsync();
                    break;
                case 1:
                    await _pipeline.Cache!.RemoveByTagAsync(key.Tag);
                    break;
                case 2:
                    await _pipeline.Cache!.RemoveByPrefixAsync(key.Name);
                    break;
                case 3:
                    reloaded = await _pipeline.ReloadAsync(new RacedRequest(key.Id, MoodOf(random), Quiet: -1), CancellationToken.None);
                    break;
                default:
                    await _pipeline.Cache!.RemoveAsync(new RacedRequest(key.Id, Mood.EndsAtOnce, Quiet: -1));
                    break;
            }

            foreach (var (one, version) in changed.Zip(versions))
            {
                // One that joined another's is as old as that, and one that failed, or answered early, has replaced nothing.
                one.EndChange(reloaded is not { } answer ? version : answer.IsSuccess && !Has(Stress.EarlyAnswers) ? answer.Value.Version : 0);
            }
        }

        private void Disturb()
        {
            for (var i = 1; !_quiet.IsCancellationRequested; i++)
            {
                _test.Time.Advance(_runtime.Core.Ingress.Epoch > 0 ? TimeSpan.FromMilliseconds(1) : BackOff);
                _source.Release(1 + (i % 2));
                if (i % 16 == 0)
                {
                    _pipeline.SetConcurrency(1 + (i / 16 % 5));
                }

                if (Has(Stress.Backends) && i % 8 == 0)
                {
                    Change(_pipeline.Backends!, i / 8);
                }

                // One at a time: a second one would meet the end of the stage instead of the stage.
                if (Has(Stress.Restarts) && i % 400 == 0 && _runtime.Describe() is { State: PipelineState.Running } now && now.Restarts == _poisons)
                {
                    _poisons++;
                    Poison(_runtime, i / 400 % 3);
                }

                Thread.Yield();
            }
        }

        private static void Change(IPipelineBackends backends, int turn)
        {
            var id = $"b{turn / 6 % 4}";
            _ = (turn % 6) switch
            {
                0 => backends.Drain(id),
                1 => backends.Resume(id),
                2 => backends.Disable(id),
                3 => backends.Enable(id),
                4 => backends.Remove(id),
                _ => Add(backends, id),
            };
        }

        private static bool Add(IPipelineBackends backends, string id)
        {
            if (backends.Current.All.Any(status => status.Backend.Id == id))
            {
                return false;
            }

            backends.Add(new() { Id = id, Address = new Uri("tcp://" + id) });
            return true;
        }

        // All have their answers; what still runs for nobody ends, and then nothing is held, nor has a stream failed by itself.
        private async Task SettleAsync()
        {
            await Until(
                () => _runtime.Describe() is { State: PipelineState.Running, InFlight: 0 } now && now.Restarts == _poisons,
                () => Text(_runtime.Describe()));
            await AssertNothingHeld(_runtime);
            await Until(() => _runtime.Core.Loads!.Count == 0, () => $"{_runtime.Core.Loads!.Count} loads");
            Assert.True(_source.Faults.IsEmpty, string.Join('\n', _source.Faults.Take(5)));
        }

        private async Task DrainAsync(Random random)
        {
            var late = Enumerable.Range(0, 20).Select(_ => CallAsync(random, CancellationToken.None)).ToArray();
            var drain = _pipeline.DrainAsync();
            await Task.WhenAll(late).WaitAsync(TimeSpan.FromSeconds(20));
            await InTime(drain);
            await AssertNothingHeld(_runtime);
            Assert.Equal((0, 0), (_runtime.Core.Loads!.Count, _runtime.Core.Loads.Joiners));
        }

        private static void Spin(Random random) => Thread.SpinWait(random.Next(3_000));
    }
}
