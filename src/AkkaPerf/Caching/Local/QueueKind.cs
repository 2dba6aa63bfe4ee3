namespace AkkaPerf.Caching.Local;

/// <summary>Where an entry stands.</summary>
internal enum QueueKind
{
    /// <summary>Nowhere: the slot is free.</summary>
    None,

    /// <summary>The younger half of the window.</summary>
    Young,

    /// <summary>The older half of the window: what a smaller window would lose.</summary>
    Old,

    /// <summary>In the main part, not found again since it came there.</summary>
    Probation,

    /// <summary>In the main part, found again there.</summary>
    Protected,
}
