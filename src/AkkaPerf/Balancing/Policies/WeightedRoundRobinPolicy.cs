using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Picks in turn, each as often as its share says, and spread as evenly as can be.</summary>
/// <remarks>The order is computed once for a snapshot (<see cref="WeightedOrder"/>); a pick is one atomic step and one look.</remarks>
internal sealed class WeightedRoundRobinPolicy : IBalancingPolicy, IPreparedPolicy
{
    private static readonly Func<BackendGroup, WeightedOrder> Build = static group => WeightedOrder.Of(group);

    private Turn _turn;

    public WeightedRoundRobinPolicy(uint start) => _turn = new Turn(start);

    public void Prepare(BackendGroup group) => group.Table(Build);

    public int Pick(in PickContext context) => context.Candidates.Table(Build).Take(ref _turn);
}
