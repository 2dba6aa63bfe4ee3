using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>Picks the backend with the fewest exchanges in flight for its weight; ties rotate, or the first would get all idle traffic.</summary>
internal sealed class LeastConnectionsPolicy : IBalancingPolicy
{
    private uint _start;

    public LeastConnectionsPolicy(Random random) => _start = (uint)random.Next();

    public int Pick(ReadOnlySpan<BackendStatus> candidates)
    {
        var count = (uint)candidates.Length;
        var start = unchecked(_start++) % count;
        var best = (int)start;
        var bestLoad = candidates[best].Backend.InFlight;
        for (var step = 1u; step < count; step++)
        {
            var index = (int)((start + step) % count);
            var load = candidates[index].Backend.InFlight;

            // load / weight, compared by cross-multiplication: no division, no rounding.
            if ((load + 1) * candidates[best].Weight < (bestLoad + 1) * candidates[index].Weight)
            {
                best = index;
                bestLoad = load;
            }
        }

        return best;
    }
}
