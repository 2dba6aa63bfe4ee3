using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using AkkaPerf.Backends;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Balancing;

/// <summary>Why a backend was picked, as an event of the exchange's span: a line for each backend.</summary>
internal static class DecisionEvent
{
    public static ActivityEvent Of(
        string policy, string picked, ImmutableArray<DecisionCandidate> candidates, ImmutableArray<DecisionExclusion> excluded) =>
        new("akkaperf.balancing.decided", tags: new ActivityTagsCollection
        {
            ["akkaperf.policy"] = policy,
            [Tags.Backend] = picked,
            ["akkaperf.candidates"] = candidates.Select(Text).ToArray(),
            ["akkaperf.excluded"] = excluded.Select(Text).ToArray(),
        });

    private static string Text(DecisionCandidate candidate)
    {
        var score = candidate.Score is { } value ? string.Create(CultureInfo.InvariantCulture, $", score {value:0.###}") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{candidate.Id}: share {candidate.Share}, {candidate.InFlight} in flight, {candidate.ResponseTime.TotalMilliseconds:0.###} ms, failures {candidate.FailureShare:0.##}{score}{(candidate.HasRoom ? "" : ", no room")}");
    }

    private static string Text(DecisionExclusion exclusion) => $"{exclusion.Id}: {TagValues<BackendHealth>.Of(exclusion.Health)}, {exclusion.Cause}";
}
