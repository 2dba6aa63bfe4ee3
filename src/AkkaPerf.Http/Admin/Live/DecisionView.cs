using AkkaPerf.Balancing;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Why a backend was picked, shortened to what one can read: the picked one, the best of the others, those that were out.</summary>
/// <param name="At">When.</param>
/// <param name="Policy">The policy's name.</param>
/// <param name="Picked">The backend's id.</param>
/// <param name="Candidates">The picked one first.</param>
/// <param name="MoreCandidates">How many there were beside these.</param>
/// <param name="Excluded">Those that could not be picked.</param>
/// <param name="MoreExcluded">How many there were beside these.</param>
internal sealed record DecisionView(
    DateTimeOffset At,
    string Policy,
    string Picked,
    IReadOnlyList<CandidateView> Candidates,
    int MoreCandidates,
    IReadOnlyList<DecisionExclusion> Excluded,
    int MoreExcluded)
{
    private const int Shown = 6;

    public static DecisionView Of(BalancingDecision decision)
    {
        var candidates = decision.Candidates
            .OrderByDescending(candidate => candidate.Id == decision.Picked)
            .ThenBy(static candidate => candidate.Score ?? 0)
            .Take(Shown)
            .Select(CandidateView.Of)
            .ToArray();
        return new(
            decision.At,
            decision.Policy,
            decision.Picked,
            candidates,
            decision.Candidates.Length - candidates.Length,
            [.. decision.Excluded.Take(Shown)],
            Math.Max(0, decision.Excluded.Length - Shown));
    }
}
