using System.Text.Json;
using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Tells why requests were refused: of each reason one a second is looked at, and the others pay nothing for it.</summary>
internal sealed class RefusalNotes
{
    private const int Kept = 32;

    private const int ShownBackends = 5;

    // What comes again within this belongs to the same trouble.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly List<RefusalNote> _notes = new(Kept);

    // What was seen of refusals that are not counted yet.
    private readonly Dictionary<string, RefusalSnapshot> _seen = new(StringComparer.Ordinal);

    /// <summary>The newest first.</summary>
    public RefusalNote[] Newest => [.. Enumerable.Reverse(_notes)];

    /// <summary>Notes what was refused between two samples.</summary>
    /// <param name="before">The one before.</param>
    /// <param name="now">The last one.</param>
    /// <param name="seen">What the pipeline looked like at the first refusal of each reason since then; taken after the last one.</param>
    /// <param name="at">Now.</param>
    public void Note(PipelineSnapshot before, PipelineSnapshot now, IReadOnlyList<RefusalSnapshot> seen, DateTimeOffset at)
    {
        foreach (var refusal in seen)
        {
            _seen[refusal.Reason.ToString()] = refusal;
        }

        foreach (var (reason, count) in now.Refused)
        {
            var more = count - before.Refused.GetValueOrDefault(reason);
            if (more > 0 && reason != nameof(RefusalReason.Cancelled))
            {
                _seen.Remove(reason, out var first);
                Add(JsonNamingPolicy.CamelCase.ConvertName(reason), more, first, now, at);
            }
        }
    }

    private void Add(string reason, long count, RefusalSnapshot? first, PipelineSnapshot now, DateTimeOffset at)
    {
        var index = _notes.FindLastIndex(note => note.Reason == reason && at - note.Until <= Pause);
        if (index >= 0)
        {
            var known = _notes[index];
            _notes.RemoveAt(index);
            _notes.Add(known with { Until = at, Count = known.Count + count, Why = first is null ? known.Why : Why(first, now) });
            return;
        }

        if (_notes.Count == Kept)
        {
            _notes.RemoveAt(0);
        }

        _notes.Add(new RefusalNote(first?.At ?? at, at, reason, count, first is null ? "" : Why(first, now)));
    }

    private static string Why(RefusalSnapshot refusal, PipelineSnapshot now) => refusal.Reason switch
    {
        RefusalReason.QueueFull or RefusalReason.DeadlinePassed => Describe(refusal),
        RefusalReason.RateLimited => $"more than throttle.rate allows; {refusal.Waiting.Room} of {refusal.Places} places taken",
        RefusalReason.NoHealthyBackend or RefusalReason.NoConnection =>
            string.Join("; ", refusal.Backends?.All.Take(ShownBackends).Select(status => Describe(status, now)) ?? []),
        _ => $"the pipeline was {(refusal.Reason == RefusalReason.PipelineRestarting ? "restarting" : "draining")}",
    };

    private static string Describe(RefusalSnapshot refusal) =>
        $"{refusal.Permits.InUse} of {refusal.Permits.Limit} permits in use, {refusal.Waiting.Room} of {refusal.Places} places taken, "
        + $"{refusal.InFlight} of {refusal.Capacity} inside"
        + (refusal.Waiting.Connection > 0 ? $", {refusal.Waiting.Connection} waiting for a connection" : "");

    // Connections are as they are now: their pools are not asked on a caller's thread.
    private static string Describe(BackendStatus status, PipelineSnapshot now) =>
        $"{status.Backend.Id} {JsonNamingPolicy.CamelCase.ConvertName(status.Health.ToString())}: {status.Cause}"
        + (now.Backends.FirstOrDefault(backend => backend.Id == status.Backend.Id)?.Connections is { } connections
            ? $", {connections.Leased} of {connections.Open} connections in use, {connections.Waiting} waiting"
            : "");
}
