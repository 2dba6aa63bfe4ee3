using Microsoft.Extensions.Caching.Memory;
using ZiggyCreatures.Caching.Fusion;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>A FusionCache that is a new one for every round: it keeps a lock for each key for minutes, a million of which would be the collector's work, not a miss's.</summary>
internal sealed class RenewedFusionCache : IDisposable
{
    private MemoryCache _memory = null!;

    public RenewedFusionCache() => Create();

    public FusionCache Cache { get; private set; } = null!;

    public void Renew()
    {
        Dispose();
        Create();
    }

    public void Dispose()
    {
        Cache.Dispose();
        _memory.Dispose();
    }

    private void Create()
    {
        _memory = new MemoryCache(new MemoryCacheOptions());
        Cache = new FusionCache(new FusionCacheOptions { DefaultEntryOptions = new FusionCacheEntryOptions(TimeSpan.FromMinutes(5)) }, _memory);
    }
}
