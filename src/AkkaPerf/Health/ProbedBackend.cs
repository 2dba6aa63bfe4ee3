using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>What is known of one probed backend; handed to each incarnation of its prober, so that a crash forgets nothing.</summary>
/// <param name="Backend">Whom to probe.</param>
/// <param name="State">Its results and verdict.</param>
/// <param name="Schedule">When it is probed.</param>
/// <param name="FirstDelay">Until its first probe.</param>
/// <param name="AddedAt">The timestamp that <paramref name="FirstDelay"/> counts from.</param>
internal sealed record ProbedBackend(Backend Backend, HealthState State, ProbeSchedule Schedule, TimeSpan FirstDelay, long AddedAt)
{
    public ProbeCalls Calls { get; } = new();
}
