using AkkaPerf.Health;

namespace AkkaPerf.Simulations.Balancing;

/// <summary>How a client of the simulation balances.</summary>
internal sealed record Setup(string Policy)
{
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    public PassiveOptions? Passive { get; init; }

    public TimeSpan SlowStart { get; init; }

    public double MaxEjected { get; init; } = 0.5;
}
