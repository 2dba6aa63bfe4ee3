namespace AkkaPerf.Balancing;

/// <summary>Chooses a backend. One instance serves one pipeline or balancer, and any thread.</summary>
public interface IBalancingPolicy
{
    /// <summary>Picks one of the candidates; must not block, should not allocate.</summary>
    /// <param name="context">The candidates, never empty, and what is asked.</param>
    /// <returns>The index of the picked one. One that <see cref="PickContext.CanTake"/> denies is replaced by the next that can.</returns>
    int Pick(in PickContext context);
}
