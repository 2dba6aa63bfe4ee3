namespace AkkaPerf.Balancing.Policies;

/// <summary>Picks by chance, each as likely as its share says.</summary>
internal sealed class RandomPolicy : IBalancingPolicy
{
    public int Pick(in PickContext context) => context.Candidates.Table(WeightedDraw.Build).Next(context);
}
