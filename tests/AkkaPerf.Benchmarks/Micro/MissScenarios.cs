using AkkaPerf.Pipeline;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>Misses through the whole pipeline, cache and throttle, beside what is glued together for it today.</summary>
internal static class MissScenarios
{
    private const int Requests = 48_000;

    /// <summary>Every key is new, up to <see cref="MicroBench.Keys"/>; caches without a bound are emptied between rounds, FusionCache with the lock that it keeps for each key.</summary>
    public static MicroScenario YieldingOnce(MicroBench bench)
    {
        var inline = bench.Start<string, string>(static builder => builder.CacheBy(static key => key).Handle(Handlers.YieldOnceAsync));
        var pool = bench.Start<string, string>(static builder => builder
            .CacheBy(static key => key)
            .Configure(static options => options.Dispatcher = DispatcherKind.Pool)
            .Handle(Handlers.YieldOnceAsync));
        var polly = PollysFive();
        var fusion = bench.Own(new RenewedFusionCache());
        var hybrid = Hybrid(bench, out var hybridMemory);
        return MicroScenario.ByCallers(
            "miss: cache and throttle, handler yields once",
            Miss(bench, "AkkaPerf, inline", key => inline.SendAsync(key)),
            Miss(bench, "AkkaPerf, pool", key => pool.SendAsync(key)),
            Miss(
                bench,
                "FusionCache + Polly's five",
                key => fusion.Cache.GetOrSetAsync<string>(key, async (_, token) => await polly.ExecuteAsync(Handlers.YieldOnceAsync, key, token)),
                fusion.Renew),
            Miss(
                bench,
                "HybridCache + Polly's five",
                key => hybrid.GetOrCreateAsync(
                    key,
                    (polly, key),
                    static (state, token) => state.polly.ExecuteAsync(static (key, token) => Handlers.YieldOnceAsync(key, token), state.key, token)),
                hybridMemory.Clear));
    }

    public static MicroScenario AtOnce(MicroBench bench)
    {
        var pipeline = bench.Start<string, string>(static builder => builder.CacheBy(static key => key).Handle(Handlers.CompleteAtOnceAsync));
        var semaphore = bench.Own(new SemaphoreSlim(256));
        var memory = bench.Own(new MemoryCache(new MemoryCacheOptions()));
        return MicroScenario.ByCallers(
            "miss: cache and throttle, handler completes at once",
            Miss(bench, "AkkaPerf", key => pipeline.SendAsync(key)),
            Miss(bench, "SemaphoreSlim + MemoryCache by hand", ByHandAsync, memory.Clear));

        async ValueTask<string> ByHandAsync(string key)
        {
            if (memory.TryGetValue(key, out var found))
            {
                return (string)found!;
            }

            await semaphore.WaitAsync();
            try
            {
                return memory.Set(key, await Handlers.CompleteAtOnceAsync(key, default), TimeSpan.FromMinutes(5));
            }
            finally
            {
                semaphore.Release();
            }
        }
    }

    /// <summary>As Microsoft.Extensions.Http.Resilience stacks them.</summary>
    public static ResiliencePipeline<string> PollysFive() => new ResiliencePipelineBuilder<string>()
        .AddConcurrencyLimiter(1000, 1000)
        .AddTimeout(TimeSpan.FromSeconds(30))
        .AddRetry(new RetryStrategyOptions<string> { MaxRetryAttempts = 3, BackoffType = DelayBackoffType.Exponential, UseJitter = true })
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions<string>())
        .AddTimeout(TimeSpan.FromSeconds(10))
        .Build();

    private static Work Miss(MicroBench bench, string name, Func<string, ValueTask<string>> send, Action? forget = null) => Work.Of(
        name, Requests, i => send(bench.KeyOf(i)), (i, answer) => answer == bench.KeyOf(i), forget);

    private static HybridCache Hybrid(MicroBench bench, out MemoryCache memory)
    {
        var services = bench.Own(new ServiceCollection().AddHybridCache().Services.BuildServiceProvider());
        memory = (MemoryCache)services.GetRequiredService<IMemoryCache>();
        return services.GetRequiredService<HybridCache>();
    }
}
