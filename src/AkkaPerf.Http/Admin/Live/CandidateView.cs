using AkkaPerf.Balancing;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>A backend that could have been picked, as it was known then.</summary>
/// <param name="Id">The backend.</param>
/// <param name="Share">What it gets beside the others.</param>
/// <param name="InFlight">What it had in flight.</param>
/// <param name="ResponseTime">Its average, in milliseconds.</param>
/// <param name="FailureShare">Lately failed part, 0 to 1.</param>
/// <param name="Score">What the policy compares, the smaller the better; null if the policy has no such figure.</param>
/// <param name="HasRoom">Whether it had room, and had not been tried for the request.</param>
internal sealed record CandidateView(string Id, int Share, long InFlight, double ResponseTime, double FailureShare, double? Score, bool HasRoom)
{
    public static CandidateView Of(DecisionCandidate candidate) => new(
        candidate.Id,
        candidate.Share,
        candidate.InFlight,
        candidate.ResponseTime.TotalMilliseconds,
        candidate.FailureShare,
        candidate.Score is { } score && double.IsFinite(score) ? score : null,
        candidate.HasRoom);
}
