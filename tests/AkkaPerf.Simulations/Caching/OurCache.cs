using AkkaPerf.Caching;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Simulations.Caching;

/// <summary>The production code, asked as the pipeline asks it.</summary>
internal sealed class OurCache : ICacheSimulator, IDisposable
{
    private static readonly CacheEntry<int> Entry = new(0, EntryLife.Endless, 8);

    private readonly LocalCache<int> _cache;

    public OurCache(int capacity, int seed, L1Store store = L1Store.Native) => _cache = new LocalCache<int>(
        new L1Options { Capacity = capacity, MaxBytes = 1L << 40, Store = store }, new StandingTime(), random: new Random(seed));

    public double WindowShare => _cache.WindowShare;

    public bool Access(int key)
    {
        if (_cache.Find(key, 1) is not null)
        {
            return true;
        }

        _cache.Set(key, Entry);
        return false;
    }

    public void Dispose() => _cache.Dispose();

    private sealed class StandingTime : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}
