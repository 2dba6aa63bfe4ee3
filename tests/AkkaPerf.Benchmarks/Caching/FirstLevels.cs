using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.Simulations.Caching;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;
using ZiggyCreatures.Caching.Fusion;

namespace AkkaPerf.Benchmarks.Caching;

/// <summary>Our first level with either store and its peers, filled with the same, and what they are asked.</summary>
internal sealed class FirstLevels : IDisposable
{
    public const int Keys = 1_000;
    private const int Draws = 4_096;

    private readonly string[] _keys = [.. Enumerable.Range(0, Keys).Select(i => $"product:{i}")];

    public FirstLevels(int capacity)
    {
        var draws = Traces.Zipf(Keys, 0.9, Draws, seed: 1).ToArray();
        Asked = [.. draws.Select(key => _keys[key])];
        Native = new LocalCache<string>(new L1Options { Capacity = capacity }, TimeProvider.System);
        OnMemoryCache = new LocalCache<string>(new L1Options { Capacity = capacity, Store = L1Store.MemoryCache }, TimeProvider.System);
        Lru = new ConcurrentLru<string, string>(capacity);
        Lfu = new ConcurrentLfu<string, string>(capacity);
        foreach (var key in _keys)
        {
            Native.Set(key, Entry());
            OnMemoryCache.Set(key, Entry());
            MemoryCache.Set(key, key, TimeSpan.FromHours(1));
            Fusion.Set(key, key, TimeSpan.FromHours(1));
            Lru.AddOrUpdate(key, key);
            Lfu.AddOrUpdate(key, key);
        }
    }

    /// <summary>Keys by a Zipf law, to be asked for one after the other.</summary>
    public string[] Asked { get; }

    public LocalCache<string> Native { get; }

    public LocalCache<string> OnMemoryCache { get; }

    public MemoryCache MemoryCache { get; } = new(new MemoryCacheOptions());

    public FusionCache Fusion { get; } = new(new FusionCacheOptions());

    public ConcurrentLru<string, string> Lru { get; }

    public ConcurrentLfu<string, string> Lfu { get; }

    /// <summary>An entry that lives for an hour.</summary>
    public static CacheEntry<string> Entry() => new("value", EntryLife.Until(TimeProvider.System.GetTimestamp() + (3_600 * TimeProvider.System.TimestampFrequency)), 5);

    public string KeyOf(int i) => Asked[i & (Draws - 1)];

    /// <summary>What a public TryGet does on top: the clock, the entry's type and its freshness.</summary>
    public static bool TryGet(LocalCache<string> cache, string key, out string? value)
    {
        if (cache.Find(key, out var now) is CacheEntry<string> entry && entry.Life.FreshUntil > now)
        {
            value = entry.Value;
            return true;
        }

        value = null;
        return false;
    }

    public void Dispose()
    {
        Native.Dispose();
        OnMemoryCache.Dispose();
        MemoryCache.Dispose();
        Fusion.Dispose();
    }
}
