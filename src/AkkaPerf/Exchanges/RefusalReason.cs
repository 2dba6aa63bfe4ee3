namespace AkkaPerf.Exchanges;

/// <summary>Why a request was not answered although nothing broke. The list is closed.</summary>
public enum RefusalReason
{
    /// <summary>The pipeline or its waiting room is full.</summary>
    QueueFull,

    /// <summary>The rate limit is used up.</summary>
    RateLimited,

    /// <summary>The deadline passed before there was an answer.</summary>
    DeadlinePassed,

    /// <summary>No backend may be picked.</summary>
    NoHealthyBackend,

    /// <summary>No connection could be had in time.</summary>
    NoConnection,

    /// <summary>The caller cancelled.</summary>
    Cancelled,

    /// <summary>The pipeline is shutting down.</summary>
    PipelineStopping,

    /// <summary>The stream failed and is being restarted.</summary>
    PipelineRestarting,
}
