namespace AkkaPerf.Caching;

/// <summary>What a cache has done since it began, and what it holds now.</summary>
public sealed record CacheStatistics
{
    /// <summary>Answers from the first level, stale ones too.</summary>
    public required long LocalHits { get; init; }

    /// <summary>Answers from the second level.</summary>
    public required long DistributedHits { get; init; }

    /// <summary>Look-ups that found nothing fresh in the first level.</summary>
    public required long LocalMisses { get; init; }

    /// <summary>Misses that joined a load in flight.</summary>
    public required long Joined { get; init; }

    /// <summary>Answers past their life.</summary>
    public required long Stale { get; init; }

    /// <summary>Refreshes in the background that a hit set going.</summary>
    public required long Refreshes { get; init; }

    /// <summary>Calls of the source.</summary>
    public required long Loads { get; init; }

    /// <summary>Calls of the source that failed.</summary>
    public required long LoadFailures { get; init; }

    /// <summary>How long all calls of the source took together.</summary>
    public required TimeSpan LoadTime { get; init; }

    /// <summary>Entries that were found invalid by tag, prefix or as a whole.</summary>
    public required long Invalidated { get; init; }

    /// <summary>Entries that made room because there were too many.</summary>
    public required long EvictedByCapacity { get; init; }

    /// <summary>Entries that made room because they weighed too much together.</summary>
    public required long EvictedByWeight { get; init; }

    /// <summary>Entries that were dropped at the end of their life.</summary>
    public required long Expired { get; init; }

    /// <summary>Entries in the first level now.</summary>
    public required int Entries { get; init; }

    /// <summary>Their estimated size.</summary>
    public required long Bytes { get; init; }

    /// <summary>Loads in flight now.</summary>
    public required int InFlight { get; init; }

    /// <summary>The second level; null if there is none.</summary>
    public SecondLevelStatistics? Distributed { get; init; }
}
