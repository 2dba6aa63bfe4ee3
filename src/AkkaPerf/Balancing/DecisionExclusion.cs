using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>A backend that could not be picked.</summary>
/// <param name="Id">The backend.</param>
/// <param name="Health">Its state.</param>
/// <param name="Cause">Why it was in that state.</param>
public sealed record DecisionExclusion(string Id, BackendHealth Health, string Cause);
