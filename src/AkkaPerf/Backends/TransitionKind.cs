namespace AkkaPerf.Backends;

/// <summary>What moved a backend from one state to another.</summary>
public enum TransitionKind
{
    /// <summary>It was added.</summary>
    Added,

    /// <summary>It was removed.</summary>
    Removed,

    /// <summary>Somebody's hand: drained, resumed, enabled, disabled, ejected.</summary>
    Manual,

    /// <summary>Its probes.</summary>
    Probe,

    /// <summary>Too many failures in a row.</summary>
    ConsecutiveFailures,

    /// <summary>Too small a part of its answers were good.</summary>
    SuccessRate,

    /// <summary>Its time outside was over.</summary>
    Time,

    /// <summary>The one request that decided.</summary>
    Trial,

    /// <summary>A load report.</summary>
    Load,
}
