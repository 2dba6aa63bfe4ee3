using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Caching;

/// <summary>The cache of a pipeline; it works for requests that have a key.</summary>
public sealed class CacheOptions
{
    /// <summary>Off: no look-up, no single flight, even if the pipeline has a key; default on.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Life of an entry unless the pipeline's policy says otherwise; 1 ms to 365 d, default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Followers waiting for loads in flight, over all keys; 0 to 1,000,000, default 0 = a quarter of the pipeline's capacity, or 65,536 for a cache that stands alone.</summary>
    [Range(0, 1_000_000)]
    public int MaxJoiners { get; set; }

    /// <summary>More about an entry's life.</summary>
    public LifeOptions Life { get; set; } = new();

    /// <summary>When entries past their life are still answered.</summary>
    public StaleOptions Stale { get; set; } = new();

    /// <summary>When entries are refreshed before their life ends.</summary>
    public RefreshOptions Refresh { get; set; } = new();

    /// <summary>How processes that share a second level tell one another what is invalid.</summary>
    public InvalidationOptions Invalidation { get; set; } = new();

    /// <summary>How the cache is filled before anybody asks.</summary>
    public WarmingOptions Warming { get; set; } = new();

    /// <summary>The first level, in process.</summary>
    public L1Options L1 { get; set; } = new();

    /// <summary>The second level.</summary>
    public L2Options L2 { get; set; } = new();

    /// <summary>What it does with HTTP responses.</summary>
    public HttpCacheOptions Http { get; set; } = new();
}
