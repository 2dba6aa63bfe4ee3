namespace AkkaPerf.Balancing;

/// <summary>A policy that can say why: what it compares, for the decision trace.</summary>
public interface IScoringPolicy : IBalancingPolicy
{
    /// <summary>What the policy sees in one candidate; the smaller the better.</summary>
    double Score(in PickContext context, int index);
}
