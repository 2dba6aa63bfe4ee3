using AkkaPerf.Balancing;

namespace AkkaPerf.Pipeline;

/// <summary>What chooses the backends of a pipeline.</summary>
/// <param name="Policies">The policies, and which is in use.</param>
/// <param name="Selector">Finds a backend.</param>
/// <param name="Decisions">The sample of decisions.</param>
internal sealed record BalancingParts(PolicyBook Policies, BackendSelector Selector, DecisionLog Decisions);
