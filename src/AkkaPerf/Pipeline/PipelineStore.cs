using System.Diagnostics;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Exchanges;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Pipeline;

/// <summary>The door of a storing policy to its pipeline's cache levels.</summary>
internal sealed class PipelineStore<TResponse> : IPipelineStore<TResponse>
{
    private const string NotePrefix = "note:";

    private readonly CacheLevels<string> _levels;
    private readonly TimeProvider _time;
    private readonly PipelineCore _core;
    private readonly string _spanName;

    private readonly Func<TResponse, Func<TResponse, (TResponse Value, CachingVerdict Verdict, long At)>?> _uniteWith;

    /// <param name="core">The pipeline.</param>
    /// <param name="policy">Whose it is.</param>
    /// <param name="uniteWith">How the policy unites what it writes with what the second level has.</param>
    public PipelineStore(PipelineCore core, object policy, Func<TResponse, Func<TResponse, (TResponse Value, CachingVerdict Verdict, long At)>?> uniteWith)
    {
        _uniteWith = uniteWith;
        _levels = core.Cache!;
        _time = core.Time;
        Policy = policy;
        Options = core.Options.Cache;
        _core = core;
        _spanName = Tracing.NameOf(core.Name);
    }

    public object Policy { get; }

    public CacheOptions Options { get; }

    public bool IsTraced => Tracing.HasListeners;

    public bool HasSecondLevel => _levels.Second is not null;

    public int Version => _levels.Table.Version;

    public TResponse? Find(string key) => ValueOf(_levels.Find(key, out _));

    // Only after an invalidation has it to be looked at by key, whether the entry is still valid.
    public TResponse? Find(ReadOnlySpan<char> key, long now)
    {
        if (_levels.First.Find(key, now) is not { } entry)
        {
            return default;
        }

        return entry.CheckedAt == Version ? ValueOf(entry) : Find(key.ToString());
    }

    public async ValueTask<TResponse?> ReadAsync(string key, IOvertakable load, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(load);
        if (_levels.Second is null
            || await _levels.ReadSecondAsync<TResponse>(key, options: null, hasFallback: false, cancellationToken).ConfigureAwait(false) is not { } entry)
        {
            return default;
        }

        _levels.Counters.DistributedHit();
        _levels.First.Set(key, entry, load);
        return entry.Value;
    }

    public async ValueTask<(bool IsKnown, ReadOnlyMemory<byte> Bytes)> ReadNoteAsync(string name, CancellationToken cancellationToken)
    {
        if (_levels.Second is not { } second)
        {
            return (IsKnown: true, default);
        }

        var mark = await second.ReadMarkAsync(NotePrefix + name, cancellationToken).ConfigureAwait(false);
        return mark.Kind switch
        {
            L2MarkKind.Found => (true, mark.Value),
            L2MarkKind.Missing => (true, default),
            _ => (false, default),
        };
    }

    public ValueTask<bool> WriteNoteAsync(string name, ReadOnlyMemory<byte> bytes, TimeSpan life, CancellationToken cancellationToken) =>
        _levels.Second is { } second ? second.WriteMarkAsync(NotePrefix + name, bytes, life, cancellationToken) : new(false);

    public bool IsValidSince(int version, string key, IReadOnlyList<string> tags) => _levels.Table.IsValidSince(version, key, _levels.TextOf, tags);

    public void Set(string key, TResponse value, in CachingVerdict verdict, (int Version, long At) began, IOvertakable load)
    {
        ArgumentNullException.ThrowIfNull(load);
        if (_levels.TryCreate(value, (began.At, _time.GetTimestamp()), began.Version, verdict, out var entry))
        {
            var unite = HasSecondLevel ? Uniting(value, began.Version) : null;
            var written = _levels.Store(key, entry, CacheSkip.None, load, unite);
            if (unite is not null)
            {
                _ = _levels.RecheckAsync<TResponse>(key, written, Restored);
            }
        }
    }

    public ValueTask<bool> RemoveAsync(string key, Action<string> overtake) => _levels.RemoveAsync(key, overtake);

    public bool TryJoin()
    {
        if (!_core.Loads!.TryJoin())
        {
            return false;
        }

        _levels.Counters.HasJoined();
        return true;
    }

    public void Leave() => _core.Loads!.Leave();

    public void CountHit(long since, ActivityContext parent)
    {
        _levels.Counters.LocalHit();
        if (_core.Durations.IsEnabled)
        {
            _core.Durations.Answered(_time.GetTimestamp() - since);
        }

        if (Tracing.HasListeners && StartSpan(parent) is { } span)
        {
            Tracing.Note(span, "akkaperf.caching.hit");
            Tracing.Answered(span);
        }
    }

    public void CountEnd(in Outcome<TResponse> outcome, long since)
    {
        _core.Counters.Count(outcome.Kind, outcome.Reason ?? default);
        if (_core.Durations.IsEnabled)
        {
            Record(outcome.Kind, _time.GetTimestamp() - since);
        }
    }

    public void Count(StoreCount count)
    {
        switch (count)
        {
            case StoreCount.Miss:
                _levels.Counters.Missed();
                break;
            case StoreCount.Stale:
                _levels.Counters.ServedStale();
                break;
            default:
                _levels.Counters.Refreshed();
                break;
        }
    }

    public void CountLoad(long took, bool hasFailed) => _levels.Counters.Loaded(took, hasFailed);

    public Activity? StartRefresh(ActivityContext cause)
    {
        Activity.Current = null;
        return Tracing.StartRefresh(_spanName, _core.Name, cause);
    }

    public Activity? StartWait(long since, ActivityContext parent, bool hasJoined, Activity? load) =>
        Tracing.StartWait((_spanName, _core.Name, Kind, parent), _time.GetElapsedTime(since), hasJoined, load);

    public void EndSpan(Activity span, in Outcome<TResponse> outcome)
    {
        ArgumentNullException.ThrowIfNull(span);
        switch (outcome.Kind)
        {
            // A refresh that stored its answer has nobody to give an outcome to.
            case OutcomeKind.None or OutcomeKind.Value:
                Tracing.Answered(span);
                break;
            case OutcomeKind.Refusal:
                Tracing.Refused(span, TagValues<RefusalReason>.Of(outcome.Reason ?? default), isError: outcome.Reason != RefusalReason.Cancelled);
                break;
            default:
                Tracing.Faulted(span, outcome.Exception);
                break;
        }
    }

    private ActivityKind Kind => _core.Directory is null ? ActivityKind.Internal : ActivityKind.Client;

    private Func<TResponse, CacheEntry<TResponse>?>? Uniting(TResponse value, int version)
    {
        if (_uniteWith(value) is not { } unite)
        {
            return null;
        }

        return found =>
        {
            var (united, verdict, at) = unite(found);
            return _levels.TryCreate(united, (at, _time.GetTimestamp()), version, verdict, out var entry) ? entry : null;
        };
    }

    private CacheEntry<TResponse>? Restored(TResponse own, TResponse found)
    {
        if (_uniteWith(own) is not { } unite)
        {
            return null;
        }

        var (united, verdict, at) = unite(found);
        return !ReferenceEquals(united, found) && _levels.TryCreate(united, (at, _time.GetTimestamp()), Version, verdict, out var entry) ? entry : null;
    }

    private void Record(OutcomeKind kind, long took)
    {
        switch (kind)
        {
            case OutcomeKind.Value:
                _core.Durations.Answered(took);
                break;
            case OutcomeKind.Refusal:
                _core.Durations.Refused(took);
                break;
            default:
                _core.Durations.Faulted(took);
                break;
        }
    }

    private Activity? StartSpan(in ActivityContext parent) => Tracing.Start(_spanName, _core.Name, Kind, parent);

    private static TResponse? ValueOf(CacheEntry? entry) => entry is CacheEntry<TResponse> found ? found.Value : default;
}
