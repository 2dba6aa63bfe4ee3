namespace AkkaPerf.Backends;

/// <summary>The state of a backend, from all that is known of it. Precedence: the operator's hand, the probes, the traffic, the load.</summary>
/// <remarks>
/// Disabled and draining (by hand) come before unhealthy (probes failed), that before ejected and probation (its traffic failed), those
/// before degraded (it says that it is impaired). Unknown lasts until the first probe's verdict.
/// </remarks>
public enum BackendHealth
{
    /// <summary>No verdict yet: eligible only while probing is off.</summary>
    Unknown,

    /// <summary>Up: gets traffic.</summary>
    Healthy,

    /// <summary>Its probes fail: gets none, not even in panic.</summary>
    Unhealthy,

    /// <summary>Up but impaired: gets what the healthy ones cannot take.</summary>
    Degraded,

    /// <summary>Its traffic failed: gets none for a while, unless there is panic.</summary>
    Ejected,

    /// <summary>Back from ejection: one request at a time, and the first to end decides.</summary>
    Probation,

    /// <summary>Drained by hand: gets no more, what runs goes on.</summary>
    Draining,

    /// <summary>Switched off by hand: gets none and is not probed.</summary>
    Disabled,
}
