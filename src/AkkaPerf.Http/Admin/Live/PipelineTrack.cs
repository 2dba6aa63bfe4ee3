using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.Statistics;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Follows one pipeline from sample to sample, and keeps its last minutes. One thread at a time.</summary>
internal sealed class PipelineTrack
{
    // Five minutes of seconds.
    private const int Points = 300;

    // More than this nobody reads; and each costs some 11 KiB here.
    private const int ShownBackends = 100;

    private readonly Ring<PipelinePoint> _points;
    private readonly RefusalNotes _refusals;
    private readonly PipelineBackendTracks _backends;
    private PipelineSnapshot _last;
    private PipelinePoint _point;

    /// <param name="pipeline">Whom to follow.</param>
    /// <param name="before">Who followed the one before it of the same name, whose minutes go on; null if there was none.</param>
    public PipelineTrack(IRequestPipeline pipeline, PipelineTrack? before)
    {
        _points = before?._points ?? new Ring<PipelinePoint>(Points);
        _refusals = before?._refusals ?? new RefusalNotes();
        Pipeline = pipeline;
        _last = pipeline.Describe();
        _backends = new PipelineBackendTracks(pipeline, ShownBackends);
    }

    public IRequestPipeline Pipeline { get; }

    public PipelineHistory History => new(Pipeline.Name, _points.ToArray(), _backends.History);

    public IReadOnlyList<RefusalNote> Refusals => _refusals.Newest;

    /// <summary>Takes a sample.</summary>
    /// <param name="at">Now.</param>
    /// <param name="seconds">Since the one before.</param>
    public void Sample(DateTimeOffset at, double seconds)
    {
        var now = Pipeline.Describe();
        _refusals.Note(_last, now, Pipeline.TakeRefusals(), at);
        _point = PointOf(_last, now, _backends.Sample(seconds), (at, seconds));
        _points.Add(_point);
        _last = now;
    }

    /// <summary>What the last sample found.</summary>
    public PipelineView View(int decisions)
    {
        var backends = Pipeline.Backends;
        return new PipelineView
        {
            Figures = _last with { Backends = [] },
            Lately = _point,
            Backends = _backends.Views(_last),
            BackendCount = _last.Backends.Count,
            EligibleCount = backends?.Current.Eligible.Length ?? 0,
            Policy = backends?.Policy,
            Policies = backends?.Policies,
            Trace = backends?.Trace,
            Decisions = backends is null ? null : [.. backends.Decisions.Reverse().Take(decisions).Select(DecisionView.Of)],
            Refusals = Refusals,
        };
    }

    private static PipelinePoint PointOf(PipelineSnapshot before, PipelineSnapshot now, DurationSnapshot times, (DateTimeOffset At, double Seconds) sample)
    {
        var shed = Shed(now) - Shed(before);
        var ended = now.Answered - before.Answered + now.Faulted - before.Faulted;
        var cancelled = Cancelled(now) - Cancelled(before);
        var point = new PipelinePoint(sample.At.ToUnixTimeMilliseconds())
        {
            Requests = (ended + shed + cancelled) / sample.Seconds,
            Answered = (now.Answered - before.Answered) / sample.Seconds,
            Faulted = (now.Faulted - before.Faulted) / sample.Seconds,
            Shed = shed / sample.Seconds,
            Retries = ((now.Retrying?.Retries - before.Retrying?.Retries) ?? 0) / sample.Seconds,
            Hedges = ((now.Retrying?.Hedges - before.Retrying?.Hedges) ?? 0) / sample.Seconds,
            P50 = times.Quantile(0.5)?.TotalMilliseconds,
            P90 = times.Quantile(0.9)?.TotalMilliseconds,
            P99 = times.Quantile(0.99)?.TotalMilliseconds,
            InFlight = now.InFlight,
            Waiting = now.Waiting.Door + now.Waiting.Room + now.Waiting.Connection,
        };
        if (before.Cache is not { } cacheBefore || now.Cache is not { } cache)
        {
            return point;
        }

        var hits = cache.Hits - cacheBefore.Hits;
        var lookUps = hits + cache.Misses - cacheBefore.Misses;
        return lookUps <= 0 ? point : point with
        {
            LocalHits = PartOf(hits, lookUps),
            DistributedHits = PartOf(cache.DistributedHits - cacheBefore.DistributedHits, lookUps),
            Joined = PartOf(cache.Joined - cacheBefore.Joined, lookUps),
        };
    }

    // Counters are read one after the other: what ends between two of them must not make more than all.
    private static double PartOf(long part, long all) => Math.Clamp((double)part / all, 0, 1);

    private static long Cancelled(PipelineSnapshot snapshot) => snapshot.Refused.GetValueOrDefault(nameof(RefusalReason.Cancelled));

    private static long Shed(PipelineSnapshot snapshot) => snapshot.Refused.Values.Sum() - Cancelled(snapshot);
}
