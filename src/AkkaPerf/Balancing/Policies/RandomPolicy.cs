namespace AkkaPerf.Balancing.Policies;

/// <summary>Picks by chance, each as likely as its share says.</summary>
internal sealed class RandomPolicy : IBalancingPolicy
{
    public int Pick(in PickContext context)
    {
        var dice = context.Dice();
        return context.Candidates.Table(WeightedDraw.Build).Next(ref dice);
    }
}
