using AkkaPerf.Backends;
using AkkaPerf.Balancing;

namespace AkkaPerf.Simulations.Balancing;

/// <summary>Finagle's peak EWMA as published, for comparison: latency that jumps up and decays, times what is in flight; two random ones.</summary>
/// <remarks>With one of its quirks: reading it moves its clock, so what is read often is a peak rather than an average.</remarks>
internal sealed class PeakEwmaPolicy(TimeProvider time) : IBalancingPolicy
{
    public const string Name = "peak-ewma";

    private static readonly TimeSpan Decay = TimeSpan.FromSeconds(10);

    private readonly Dictionary<Backend, (double Ewma, long Stamp)> _costs = [];

    public int Pick(in PickContext context)
    {
        var count = context.Candidates.Count;
        var one = context.Random(count);
        var other = context.Random(count - 1);
        other += other >= one ? 1 : 0;
        return LoadOf(context.Candidates[one].Backend) <= LoadOf(context.Candidates[other].Backend) ? one : other;
    }

    public void Observe(Backend backend, TimeSpan took) => Update(backend, took.Ticks);

    private double LoadOf(Backend backend)
    {
        var cost = Update(backend, 0);
        return cost == 0 && backend.InFlight > 0 ? (long.MaxValue >> 16) + backend.InFlight : cost * (backend.InFlight + 1);
    }

    private double Update(Backend backend, double sample)
    {
        var now = time.GetTimestamp();
        var (ewma, stamp) = _costs.TryGetValue(backend, out var cost) ? cost : (0, now);
        var weight = Math.Exp(-(double)(now - stamp) / Decay.Ticks);
        ewma = sample > ewma ? sample : (sample * (1 - weight)) + (ewma * weight);
        _costs[backend] = (ewma, now);
        return ewma;
    }
}
