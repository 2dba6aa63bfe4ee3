namespace AkkaPerf.Caching.Distributed;

/// <summary>Whether the second level is used.</summary>
internal enum L2State
{
    /// <summary>It is used.</summary>
    Closed,

    /// <summary>It failed too often and is left alone.</summary>
    Open,

    /// <summary>One probe finds out whether it is back.</summary>
    HalfOpen,
}
