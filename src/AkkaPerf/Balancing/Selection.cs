namespace AkkaPerf.Balancing;

/// <summary>How the search for a backend ended.</summary>
internal enum Selection
{
    /// <summary>One was found, and has the exchange.</summary>
    Found,

    /// <summary>None is eligible.</summary>
    NoneEligible,

    /// <summary>All that are eligible have been tried for this request.</summary>
    AllTried,

    /// <summary>Some are eligible, but none has room.</summary>
    AllFull,
}
