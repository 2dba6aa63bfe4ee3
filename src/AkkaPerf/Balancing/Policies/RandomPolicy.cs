using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Picks by chance, each as likely as its share says.</summary>
internal sealed class RandomPolicy : IBalancingPolicy, IPreparedPolicy
{
    public void Prepare(BackendGroup group) => group.Table(WeightedDraw.Build);

    public int Pick(in PickContext context) => context.Candidates.Table(WeightedDraw.Build).Of(context.RandomBits());
}
