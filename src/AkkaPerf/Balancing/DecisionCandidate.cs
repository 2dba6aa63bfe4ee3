namespace AkkaPerf.Balancing;

/// <summary>A backend that could have been picked, as it was known then.</summary>
/// <param name="Id">The backend.</param>
/// <param name="Share">What it gets beside the others.</param>
/// <param name="InFlight">What it had in flight.</param>
/// <param name="ResponseTime">Its average.</param>
/// <param name="FailureShare">Lately failed part, 0 to 1.</param>
/// <param name="Score">What the policy compares, the smaller the better; null if the policy has no such figure.</param>
/// <param name="HasRoom">Whether it had room, and had not been tried for the request.</param>
public sealed record DecisionCandidate(string Id, int Share, long InFlight, TimeSpan ResponseTime, double FailureShare, double? Score, bool HasRoom);
