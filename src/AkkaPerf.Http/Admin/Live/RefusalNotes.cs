using System.Text.Json;
using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Tells why requests were refused, from the figures alone: whoever is refused pays nothing for it.</summary>
internal sealed class RefusalNotes
{
    private const int Kept = 32;

    private const string Burst = "a burst between two looks; a moment later ";

    // What comes again within this belongs to the same trouble.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly List<RefusalNote> _notes = new(Kept);

    /// <summary>The newest first.</summary>
    public RefusalNote[] Newest => [.. Enumerable.Reverse(_notes)];

    /// <summary>Notes what was refused between two samples.</summary>
    public void Note(PipelineSnapshot before, PipelineSnapshot now, DateTimeOffset at)
    {
        foreach (var (reason, count) in now.Refused)
        {
            var more = count - before.Refused.GetValueOrDefault(reason);
            if (more > 0 && reason != nameof(RefusalReason.Cancelled))
            {
                Add(JsonNamingPolicy.CamelCase.ConvertName(reason), more, Why(reason, before, now), at);
            }
        }
    }

    private void Add(string reason, long count, string why, DateTimeOffset at)
    {
        var index = _notes.FindLastIndex(note => note.Reason == reason && at - note.Until <= Pause);
        var note = new RefusalNote(at, at, reason, count, why);
        if (index >= 0)
        {
            var first = _notes[index];
            note = note with { From = first.From, Count = first.Count + count, Why = why.StartsWith(Burst, StringComparison.Ordinal) ? first.Why : why };
            _notes.RemoveAt(index);
        }
        else if (_notes.Count == Kept)
        {
            _notes.RemoveAt(0);
        }

        _notes.Add(note);
    }

    private static string Why(string reason, PipelineSnapshot before, PipelineSnapshot now) => reason switch
    {
        nameof(RefusalReason.QueueFull) => (IsFull(Fuller(before, now)) ? "" : Burst) + Describe(Fuller(before, now)),
        nameof(RefusalReason.DeadlinePassed) => Describe(Fuller(before, now)),
        nameof(RefusalReason.RateLimited) => $"more than throttle.rate allows; {now.Waiting.Room} of {now.Places} places taken",
        nameof(RefusalReason.NoHealthyBackend) or nameof(RefusalReason.NoConnection) => string.Join("; ", Worse(before, now).Backends.Take(5).Select(Describe)),
        _ => $"the pipeline is {JsonNamingPolicy.CamelCase.ConvertName(now.State.ToString())}",
    };

    private static string Describe(PipelineSnapshot figures) =>
        $"{figures.Permits.InUse} of {figures.Permits.Limit} permits in use, {figures.Waiting.Room} of {figures.Places} places taken, "
        + $"{figures.InFlight} of {figures.Capacity} inside"
        + (figures.Waiting.Connection > 0 ? $", {figures.Waiting.Connection} waiting for a connection" : "");

    private static bool IsFull(PipelineSnapshot figures) =>
        figures.InFlight >= figures.Capacity || (figures.Waiting.Room >= figures.Places && figures.Permits.InUse >= figures.Permits.Limit);

    private static PipelineSnapshot Fuller(PipelineSnapshot before, PipelineSnapshot now) => before.InFlight > now.InFlight ? before : now;

    // It happened somewhere between the two.
    private static PipelineSnapshot Worse(PipelineSnapshot before, PipelineSnapshot now) => Healthy(before) < Healthy(now) ? before : now;

    private static int Healthy(PipelineSnapshot snapshot) => snapshot.Backends.Count(static backend => backend.State == BackendHealth.Healthy);

    private static string Describe(BackendSnapshot backend) =>
        $"{backend.Id} {JsonNamingPolicy.CamelCase.ConvertName(backend.State.ToString())}: {backend.Cause}"
        + (backend.Connections is { } connections ? $", {connections.Leased} of {connections.Open} connections in use, {connections.Waiting} waiting" : "");
}
