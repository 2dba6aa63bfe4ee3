namespace AkkaPerf.Backends;

/// <summary>How an exchange ended, as far as it tells something of its backend.</summary>
internal enum BackendOutcome
{
    /// <summary>It answered.</summary>
    Success,

    /// <summary>It did not, or too late, or what it answered speaks against it.</summary>
    Failure,

    /// <summary>Nothing is known: the caller went away, or the exchange never reached it.</summary>
    Inconclusive,
}
