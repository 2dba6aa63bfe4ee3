using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Picks one after the other of those that are well, starting anywhere; weights do not matter.</summary>
/// <remarks>
/// The counter goes on across snapshots: beginning anew with each would favour the first. Unsigned, so that it may overflow. A random start:
/// many processes that begin together would otherwise all begin with the same backend.
/// </remarks>
internal sealed class RoundRobinPolicy : IBalancingPolicy
{
    private Turn _turn;

    public RoundRobinPolicy(uint start) => _turn = new Turn(start);

    public int Pick(in PickContext context) => (int)(_turn.Take() % (uint)context.Candidates.Count);
}
