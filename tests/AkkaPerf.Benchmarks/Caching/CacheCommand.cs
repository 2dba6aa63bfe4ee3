using System.Globalization;
using System.Runtime.CompilerServices;
using AkkaPerf.Benchmarks.Figures;
using AkkaPerf.Caching;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;

namespace AkkaPerf.Benchmarks.Caching;

/// <summary>The cache that stands alone beside its peers: hits without and with a load at hand, and misses that load.</summary>
internal static class CacheCommand
{
    private const string Key = "product:4711";
    private const int Keys = 1 << 22;
    private const int Hits = 2_000_000;
    private const int Misses = 200_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 7;

        // One contender of some groups alone, as a profiler wants it.
        var only = args.Length > 1 ? args[1] : "";
        var alone = args.Length > 2 ? args[2] : "";
        await using var native = AkkaPerfCache.Create<string, string>("native", builder => builder.Configure(options => options.L1.Store = L1Store.Native));
        await using var onMemory = AkkaPerfCache.Create<string, string>("memory", builder => builder.Configure(options => options.L1.Store = L1Store.MemoryCache));
        using var memory = new MemoryCache(new MemoryCacheOptions());
        using var fusion = new FusionCache(new FusionCacheOptions());
        await using var services = new ServiceCollection().AddHybridCache().Services.BuildServiceProvider();
        var hybrid = services.GetRequiredService<HybridCache>();
        var lru = new ConcurrentLru<string, string>(10_000);

        await native.SetAsync(Key, "value");
        await onMemory.SetAsync(Key, "value");
        await hybrid.SetAsync(Key, "value");
        memory.Set(Key, "value");
        fusion.Set(Key, "value");
        lru.AddOrUpdate(Key, "value");

        await RunGroupAsync("hit, TryGet", Hits,
        [
            Sync("bare loop", _ => true),
            Sync("MemoryCache", _ => memory.TryGetValue(Key, out string? _)),
            Sync("AkkaPerf, native", _ => native.TryGet(Key, out string? _)),
            Sync("AkkaPerf, memory-cache", _ => onMemory.TryGet(Key, out string? _)),
            Sync("BitFaster ConcurrentLru", _ => lru.TryGet(Key, out string? _)),
            Sync("FusionCache", _ => fusion.TryGet<string>(Key).HasValue),
        ], rounds);
        await RunGroupAsync("hit, GetOrAddAsync", Hits,
        [
            new Contender("HybridCache", 1, _ => Discard(hybrid.GetOrCreateAsync(Key, static _ => new ValueTask<string>("value")))),
            new Contender("AkkaPerf, native", 1, _ => Discard(native.GetOrAddAsync(Key, static (_, _) => new ValueTask<string>("value")))),
            new Contender("AkkaPerf, memory-cache", 1, _ => Discard(onMemory.GetOrAddAsync(Key, static (_, _) => new ValueTask<string>("value")))),
            new Contender("FusionCache", 1, _ => Discard(fusion.GetOrSetAsync<string>(Key, static (_, _) => Task.FromResult("value")))),
        ], rounds);

        var keys = Enumerable.Range(0, Keys).Select(i => string.Create(CultureInfo.InvariantCulture, $"product:{i}")).ToArray();
        var offset = 0;
        foreach (var callers in new[] { 1, 64 })
        {
            // What one group has stored the next one must not find.
            var from = offset;
            offset += Keys / 2;
            await RunGroupAsync($"miss, load that yields, store; {callers} callers", Misses,
            [
                new Contender("the load alone", callers, _ => Discard(LoadAsync(default))),
                new Contender("HybridCache", callers, i => Discard(hybrid.GetOrCreateAsync(KeyOf(from + i), LoadAsync))),
                new Contender("AkkaPerf, native", callers, i => Discard(native.GetOrAddAsync(KeyOf(from + i), static (_, token) => LoadAsync(token)))),
                new Contender("AkkaPerf, memory-cache", callers, i => Discard(onMemory.GetOrAddAsync(KeyOf(from + i), static (_, token) => LoadAsync(token)))),
                new Contender("FusionCache", callers, i => Discard(fusion.GetOrSetAsync<string>(KeyOf(from + i), static async (_, token) => await LoadAsync(token)))),
            ], rounds);
        }

        return 0;

        async Task RunGroupAsync(string title, int requests, Contender[] group, int rounds)
        {
            Contender[] chosen = [.. group.Where(contender => contender.Name.Contains(alone, StringComparison.OrdinalIgnoreCase))];
            if (title.Contains(only, StringComparison.OrdinalIgnoreCase) && chosen.Length > 0)
            {
                await FigureRounds.RunGroupAsync(title, requests, chosen, rounds);
            }
        }

        string KeyOf(int i) => keys[i & (Keys - 1)];
    }

    private static Contender Sync(string name, Func<int, bool> look) => new(name, 1, i =>
    {
        look(i);
        return default;
    });

    private static async ValueTask<string> LoadAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        return "value";
    }

    private static ValueTask Discard<T>(ValueTask<T> asking)
    {
        return asking.IsCompletedSuccessfully ? default : AwaitAsync(asking);

        // What the measuring itself allocates is not to be counted.
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        static async ValueTask AwaitAsync(ValueTask<T> asking) => await asking;
    }
}
