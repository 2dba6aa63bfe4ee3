using System.Collections.Immutable;

namespace AkkaPerf.Balancing;

/// <summary>Why a backend was picked: one decision out of many, kept with what was known when it fell.</summary>
/// <param name="At">When.</param>
/// <param name="Policy">The policy's name.</param>
/// <param name="Picked">The backend's id.</param>
/// <param name="Candidates">All that were eligible, in order.</param>
/// <param name="Excluded">Those that were not, and why.</param>
public sealed record BalancingDecision(
    DateTimeOffset At, string Policy, string Picked, ImmutableArray<DecisionCandidate> Candidates, ImmutableArray<DecisionExclusion> Excluded);
