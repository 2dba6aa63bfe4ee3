using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Caching;

/// <summary>How the cache is filled before anybody asks.</summary>
public sealed class WarmingOptions
{
    /// <summary>The keys of that many entries, the hottest, are saved in the second level at the end and warmed at the next start; 0 to 100,000, default 0.</summary>
    [Range(0, 100_000)]
    public int HotKeys { get; set; }

    /// <summary>Loads of a warming at once; 1 to 10,000, default 16.</summary>
    [Range(1, 10_000)]
    public int Concurrency { get; set; } = 16;

    /// <summary>Loads of a warming per second; 0 to 10,000,000, default 0 = no limit of its own.</summary>
    [Range(0.0, 10_000_000.0)]
    public double Rate { get; set; }
}
