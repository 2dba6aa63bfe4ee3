using System.Globalization;
using System.Threading.RateLimiting;
using Akka.Actor;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Caching.Memory;
using Polly;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Retry;
using ZiggyCreatures.Caching.Fusion;

namespace AkkaPerf.Benchmarks.Figures;

/// <summary>What is compared with what.</summary>
internal sealed class Contenders : IAsyncDisposable
{
    // More than all rounds together ask for: a miss is a miss.
    private const int Keys = 1 << 22;

    private readonly ActorSystem _system;
    private readonly string[] _keys = [.. Enumerable.Range(0, Keys).Select(i => string.Create(CultureInfo.InvariantCulture, $"product:{i}"))];
    private readonly List<IDisposable> _owned = [];
    private int _pipelines;

    public Contenders(ActorSystem system) => _system = system;

    public IEnumerable<(string Title, int Requests, IReadOnlyList<Contender> Group)> Groups()
    {
        foreach (var callers in new[] { 64, 1 })
        {
            var pipeline = Start<string, string>(b => b.CacheBy(key => key).Handle(YieldOnceAsync), callers);
            var pool = Start<string, string>(b => b.CacheBy(key => key).Configure(o => o.Dispatcher = DispatcherKind.Pool).Handle(YieldOnceAsync), callers);
            var fusion = FusionWithPolly();
            yield return ($"miss, {callers} callers, handler yields once", 200_000,
            [
                new Contender("AkkaPerf, inline", callers, i => Discard(pipeline.SendAsync(KeyOf(i)))),
                new Contender("AkkaPerf, pool", callers, i => Discard(pool.SendAsync(KeyOf(i)))),
                new Contender("FusionCache + Polly's five", callers, i => Discard(fusion(KeyOf(i)))),
            ]);
        }

        var plain = Start<string, string>(b => b.Handle(CompleteAtOnceAsync), 1);
        var semaphore = SemaphoreAndMemoryCache();
        yield return ("no cache, 1 caller, handler completes at once", 500_000,
        [
            new Contender("AkkaPerf, inline", 1, i => Discard(plain.SendAsync(KeyOf(i)))),
            new Contender("SemaphoreSlim + MemoryCache by hand", 1, i => Discard(semaphore(KeyOf(i)))),
        ]);

        var never = Start<string, string>(b => b.Configure(o => Balance(o).Retry.Attempts = 0).Handle(CompleteAtOnceAsync), 1);
        var retrying = Start<string, string>(b => b.Configure(o => Balance(o)).RetryWhen(_ => true).Handle(CompleteAtOnceAsync), 1);
        var hedging = Start<string, string>(b => b.Configure(o => Balance(o).Hedge.Enabled = true).RetryWhen(_ => true).Handle(CompleteAtOnceAsync), 1);
        yield return ("no cache, 2 backends, 1 caller, handler completes at once", 500_000,
        [
            new Contender("without retries", 1, i => Discard(never.SendAsync(KeyOf(i)))),
            new Contender("with retries, none needed", 1, i => Discard(retrying.SendAsync(KeyOf(i)))),
            new Contender("with hedges, none needed", 1, i => Discard(hedging.SendAsync(KeyOf(i)))),
        ]);

        var hit = Start<string, string>(b => b.CacheBy(key => key).Handle(CompleteAtOnceAsync), 1);
        var fusionCache = Own(new FusionCache(new FusionCacheOptions()));
        var memory = Own(new MemoryCache(new MemoryCacheOptions()));
        hit.SendAsync(_keys[1]).AsTask().GetAwaiter().GetResult();
        fusionCache.Set(_keys[1], "value");
        memory.Set(_keys[1], "value");
        yield return ("L1 hit, key at hand", 3_000_000,
        [
            new Contender("AkkaPerf SendAsync", 1, _ => Discard(hit.SendAsync(_keys[1]))),
            new Contender("FusionCache GetOrSetAsync", 1, _ => Discard(fusionCache.GetOrSetAsync<string>(_keys[1], (_, ct) => Load(ct)))),
            new Contender("MemoryCache TryGetValue", 1, _ =>
            {
                memory.TryGetValue(_keys[1], out _);
                return default;
            }),
        ]);

        var full = Full();
        var limiter = FullLimiter();
        yield return ("refusal at the door", 100_000,
        [
            new Contender("AkkaPerf TrySendAsync", 1, _ => Discard(full.TrySendAsync("x"))),
            new Contender("Polly's concurrency limiter", 1, async _ => await limiter()),
        ]);
    }

    public ValueTask DisposeAsync()
    {
        _owned.ForEach(owned => owned.Dispose());
        return default;
    }

    private static async ValueTask<string> YieldOnceAsync(string key, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return key;
    }

    private static ValueTask<string> CompleteAtOnceAsync(string key, CancellationToken cancellationToken) => new(key);

    private static Task<string> Load(CancellationToken cancellationToken) => Task.FromResult("value");

    private static async ValueTask Discard<T>(ValueTask<T> sending) => await sending;

    private string KeyOf(int i) => _keys[i & (Keys - 1)];

    private static PipelineOptions Balance(PipelineOptions options)
    {
        options.Health.Enabled = false;
        options.Backends.Add(new() { Id = "a", Address = new Uri("tcp://a") });
        options.Backends.Add(new() { Id = "b", Address = new Uri("tcp://b") });
        return options;
    }

    private RequestPipeline<TRequest, TResponse> Start<TRequest, TResponse>(Action<PipelineBuilder<TRequest, TResponse>> define, int callers)
    {
        _ = callers;
        var builder = new PipelineBuilder<TRequest, TResponse>();
        define(builder);
        var options = new PipelineOptions();
        builder.Apply(options);
        var name = "p" + _pipelines++;
        return PipelineStarter.Start(_system, name, options, builder.Build(name)).Pipeline;
    }

    // A pipeline whose only permit is taken and where nobody may wait.
    private RequestPipeline<string, string> Full()
    {
        var never = new TaskCompletionSource<string>();
        var pipeline = Start<string, string>(b => b
            .Configure(options =>
            {
                options.Throttle.Concurrency = 1;
                options.Throttle.Queue = 0;
                options.Timeout = TimeSpan.FromHours(1);
            })
            .Handle((_, _) => never.Task), 1);
        _ = pipeline.TrySendAsync("holds the permit").AsTask();
        while (pipeline.TrySendAsync("x").AsTask() is not { IsCompleted: true, Result.Reason: RefusalReason.QueueFull })
        {
            Thread.Yield();
        }

        return pipeline;
    }

    private Func<ValueTask> FullLimiter()
    {
        var limiter = Own(new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 0 }));
        limiter.AttemptAcquire();
        var pipeline = new ResiliencePipelineBuilder().AddRateLimiter(limiter).Build();
        return async () =>
        {
            try
            {
                await pipeline.ExecuteAsync(static _ => default);
            }
            catch (RateLimiterRejectedException)
            {
            }
        };
    }

    private Func<string, ValueTask<string>> FusionWithPolly()
    {
        var fusion = Own(new FusionCache(new FusionCacheOptions { DefaultEntryOptions = new FusionCacheEntryOptions(TimeSpan.FromMinutes(5)) }));
        var polly = new ResiliencePipelineBuilder<string>()
            .AddConcurrencyLimiter(1000, 1000)
            .AddTimeout(TimeSpan.FromSeconds(30))
            .AddRetry(new RetryStrategyOptions<string> { MaxRetryAttempts = 3, BackoffType = DelayBackoffType.Exponential, UseJitter = true })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<string>())
            .AddTimeout(TimeSpan.FromSeconds(10))
            .Build();
        return key => fusion.GetOrSetAsync<string>(
            key, async (_, ct) => await polly.ExecuteAsync(static (state, token) => YieldOnceAsync(state, token), key, ct));
    }

    private Func<string, ValueTask<string>> SemaphoreAndMemoryCache()
    {
        var semaphore = Own(new SemaphoreSlim(256));
        var cache = Own(new MemoryCache(new MemoryCacheOptions()));
        return async key =>
        {
            if (cache.TryGetValue("absent", out var found))
            {
                return (string)found!;
            }

            await semaphore.WaitAsync();
            try
            {
                return await CompleteAtOnceAsync(key, default);
            }
            finally
            {
                semaphore.Release();
            }
        };
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
