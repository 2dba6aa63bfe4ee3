namespace AkkaPerf.Connections;

/// <summary>What the pool's state wants done.</summary>
internal enum PoolEffectKind : byte
{
    /// <summary>Open a connection.</summary>
    Open,

    /// <summary>Cancel a connect that took too long or is not wanted any more.</summary>
    GiveUp,

    /// <summary>Ask whether a connection still works.</summary>
    Check,

    /// <summary>Close a connection.</summary>
    Close,

    /// <summary>End a wait with a lease.</summary>
    Grant,

    /// <summary>End a wait without one.</summary>
    Refuse,

    /// <summary>End a wait because a connect failed or the pool closes, so that another backend can be tried.</summary>
    RefuseUnconnected,

    /// <summary>Report that a lease is held too long.</summary>
    ReportLeak,

    /// <summary>Report that a lease reported before has come back.</summary>
    ReportReturn,

    /// <summary>Report that connects began to fail.</summary>
    ReportConnectFailure,

    /// <summary>Report that connects which were told to stop do not end.</summary>
    ReportStall,

    /// <summary>Report that all of those have ended.</summary>
    ReportProgress,

    /// <summary>Report that waits end without a connection because all are in use.</summary>
    ReportExhaustion,

    /// <summary>Report that one is free again, and nobody waits.</summary>
    ReportRelief,

    /// <summary>Report how long a connect took.</summary>
    ReportOpening,

    /// <summary>Report that connects work again.</summary>
    ReportRecovery,
}
