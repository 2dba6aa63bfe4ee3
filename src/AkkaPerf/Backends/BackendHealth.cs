namespace AkkaPerf.Backends;

/// <summary>What the probes say of a backend.</summary>
public enum BackendHealth
{
    /// <summary>No verdict yet: eligible only while probing is off.</summary>
    Unknown,

    /// <summary>Up: gets traffic.</summary>
    Healthy,

    /// <summary>Down: gets none.</summary>
    Unhealthy,
}
