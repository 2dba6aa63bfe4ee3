using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>Hits of the first level, of a key that all callers want.</summary>
internal static class HitScenario
{
    private const int Requests = 480_000;
    private const string Key = "product:4711";
    private const string Value = "value";

    // No run takes as long.
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public static MicroScenario Create(MicroBench bench)
    {
        var isLoaded = false;
        var pipeline = bench.Start<string, string>(builder => builder.CacheBy(static key => key).Configure(static options => options.Cache.Ttl = Life).Handle((key, token) =>
        {
            var load = isLoaded ? Handlers.RefuseAsync(key, token) : new ValueTask<string>(Value);
            isLoaded = true;
            return load;
        }));
        pipeline.SendAsync(Key).AsTask().GetAwaiter().GetResult();
        var services = bench.Own(new ServiceCollection().AddHybridCache().Services.BuildServiceProvider());
        var hybrid = services.GetRequiredService<HybridCache>();
        hybrid.SetAsync(Key, Value, new HybridCacheEntryOptions { Expiration = Life, LocalCacheExpiration = Life }).AsTask().GetAwaiter().GetResult();
        var fusion = bench.Own(new FusionCache(new FusionCacheOptions()));
        fusion.Set(Key, Value, Life);
        var memory = bench.Own(new MemoryCache(new MemoryCacheOptions()));
        memory.Set(Key, Value, Life);
        var lru = new ConcurrentLru<string, string>(10_000);
        lru.AddOrUpdate(Key, Value);
        var lfu = new ConcurrentLfu<string, string>(10_000);
        lfu.AddOrUpdate(Key, Value);
        return MicroScenario.ByCallers(
            "hit of the first level",
            Hit("AkkaPerf SendAsync", _ => pipeline.SendAsync(Key)),
            Hit("HybridCache GetOrCreateAsync", _ => hybrid.GetOrCreateAsync(Key, static token => Handlers.RefuseAsync(Key, token))),
            Hit("FusionCache GetOrSetAsync", _ => fusion.GetOrSetAsync<string>(Key, static (_, token) => Handlers.RefuseAsync(Key, token).AsTask())),
            Hit("MemoryCache TryGetValue", _ => new ValueTask<string>(memory.TryGetValue(Key, out var value) ? (string)value! : "")),
            Hit("BitFaster ConcurrentLru TryGet", _ => new ValueTask<string>(lru.TryGet(Key, out var value) ? value : "")),
            Hit("BitFaster ConcurrentLfu TryGet", _ => new ValueTask<string>(lfu.TryGet(Key, out var value) ? value : "")),
            Hit("nothing: the loop itself", static _ => new ValueTask<string>(Value)));
    }

    private static Work Hit(string name, Func<int, ValueTask<string>> send) => Work.Of(name, Requests, send, static (_, answer) => answer == Value);
}
