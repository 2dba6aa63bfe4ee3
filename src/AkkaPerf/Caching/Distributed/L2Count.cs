namespace AkkaPerf.Caching.Distributed;

/// <summary>What is counted at the second level.</summary>
internal enum L2Count
{
    Reads,
    Hits,
    Misses,
    Unavailable,
    Writes,
    Removes,
    Errors,
    Timeouts,
    Refused,
    Openings,
    Journaled,
    Reconciled,
    Dropped,
    Forgotten,
    BytesIn,
    BytesOut,
    Compressed,
    CompressionSaved,
}
