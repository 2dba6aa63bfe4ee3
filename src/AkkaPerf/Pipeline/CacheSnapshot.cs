using AkkaPerf.Caching;

namespace AkkaPerf.Pipeline;

/// <summary>The cache of a pipeline.</summary>
/// <param name="Hits">Requests answered from it.</param>
/// <param name="Misses">Requests that were not.</param>
/// <param name="Joined">Misses that joined a load in flight.</param>
/// <param name="Entries">Entries now.</param>
/// <param name="Bytes">Their estimated size.</param>
/// <param name="Evicted">Entries that made room for others.</param>
/// <param name="Expired">Entries that were found past their life.</param>
public sealed record CacheSnapshot(long Hits, long Misses, long Joined, int Entries, long Bytes, long Evicted, long Expired)
{
    /// <summary>Requests answered with something past its life.</summary>
    public long Stale { get; init; }

    /// <summary>Refreshes in the background.</summary>
    public long Refreshes { get; init; }

    /// <summary>Entries that were found invalid by tag, prefix or as a whole.</summary>
    public long Invalidated { get; init; }

    /// <summary>Loads answered from the second level.</summary>
    public long DistributedHits { get; init; }

    /// <summary>The second level; null if there is none.</summary>
    public SecondLevelStatistics? Distributed { get; init; }
}
