using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>Picks one after the other, starting anywhere.</summary>
internal sealed class RoundRobinPolicy : IBalancingPolicy
{
    private uint _next;

    // A random start: many processes that begin together would otherwise all begin with the same backend.
    public RoundRobinPolicy(Random random) => _next = (uint)random.Next();

    public int Pick(ReadOnlySpan<BackendStatus> candidates) => (int)(unchecked(_next++) % (uint)candidates.Length);
}
