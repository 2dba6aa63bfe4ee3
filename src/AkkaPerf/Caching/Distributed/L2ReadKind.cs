namespace AkkaPerf.Caching.Distributed;

/// <summary>How a read ended.</summary>
internal enum L2ReadKind
{
    /// <summary>The store could not say in time.</summary>
    Unavailable,

    /// <summary>The store has nothing usable.</summary>
    Miss,

    /// <summary>There is a value.</summary>
    Hit,
}
