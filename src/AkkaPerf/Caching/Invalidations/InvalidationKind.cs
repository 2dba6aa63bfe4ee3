namespace AkkaPerf.Caching.Invalidations;

/// <summary>What an invalidation names. The numbers are written to the second level.</summary>
internal enum InvalidationKind : byte
{
    /// <summary>Everything.</summary>
    All = 0,

    /// <summary>Entries with a tag.</summary>
    Tag = 1,

    /// <summary>Entries whose key begins so.</summary>
    Prefix = 2,
}
