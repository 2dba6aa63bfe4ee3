namespace AkkaPerf.Backends;

/// <summary>How an exchange ended, as far as it tells something of its backend.</summary>
public enum BackendOutcome
{
    /// <summary>It answered.</summary>
    Success,

    /// <summary>It failed, or what it answered speaks against it.</summary>
    Failure,

    /// <summary>It did not answer in time. No failure where the time was shorter than it takes as a rule, while it answers others.</summary>
    Timeout,

    /// <summary>No connection could be opened; nothing was sent.</summary>
    Unreachable,

    /// <summary>Its caller went away: no failure, but it took at least that long.</summary>
    Cancelled,

    /// <summary>Nothing is known: the exchange never reached it.</summary>
    Inconclusive,
}
