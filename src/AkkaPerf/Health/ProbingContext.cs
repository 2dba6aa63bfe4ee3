using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>What all probers of a pipeline share.</summary>
/// <param name="Directory">Takes the verdicts.</param>
/// <param name="Probe">Asks a backend.</param>
/// <param name="Options">Intervals, timeout and thresholds.</param>
/// <param name="Time">The clock and the timers.</param>
internal sealed record ProbingContext(BackendDirectory Directory, IHealthProbe Probe, HealthOptions Options, TimeProvider Time)
{
    /// <summary>Bounds how many probe at once.</summary>
    public ProbeGate Gate { get; } = new(Options.MaxConcurrent);

    /// <summary>Those of other pipelines who ask the same; null = nobody may.</summary>
    public ProbePeers? Peers { get; init; }
}
