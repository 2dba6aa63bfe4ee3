namespace AkkaPerf.Caching.Distributed;

/// <summary>How the reading of a mark ended.</summary>
internal enum L2MarkKind
{
    /// <summary>The store could not say in time, or what it has is damaged: nothing is known.</summary>
    Unavailable,

    /// <summary>There is no such mark.</summary>
    Missing,

    /// <summary>There is one.</summary>
    Found,
}
