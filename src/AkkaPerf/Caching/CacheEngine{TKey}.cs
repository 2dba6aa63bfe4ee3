using AkkaPerf.Caching.Flights;
using AkkaPerf.Caching.Invalidations;
using AkkaPerf.Caching.Loads;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>The cache that stands alone: levels, single flight, freshness. Values of any type; the faces over it say which.</summary>
/// <remarks>
/// Order of answers: fresh from the first level, else stale while it is refreshed if that is allowed, else from a load in flight, else from
/// the second level, else from the source; if the source fails or takes too long, stale again if that is allowed.
/// </remarks>
internal sealed class CacheEngine<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private readonly CacheLevels<TKey> _levels;
    private readonly FlightTable<TKey> _flights;
    private readonly Loader<TKey> _loader;
    private readonly TimeProvider _time;
    private volatile bool _isOver;

    public CacheEngine(CacheLevels<TKey> levels, FlightTable<TKey> flights, TimeProvider time, TimeSpan loadTimeout)
    {
        _levels = levels;
        _flights = flights;
        _time = time;
        _loader = new Loader<TKey>(levels, flights, time, loadTimeout);
    }

    public CacheLevels<TKey> Levels => _levels;

    public FlightTable<TKey> Flights => _flights;

    /// <summary>Finds a fresh value in the first level; nothing else. Allocates nothing.</summary>
    public bool TryGet<TValue>(TKey key, out TValue value)
    {
        if (_levels.Find(key, out var now) is CacheEntry<TValue> entry && now < entry.Life.FreshUntil)
        {
            _levels.Counters.LocalHit();
            value = entry.Value;
            return true;
        }

        _levels.Counters.Missed();
        value = default!;
        return false;
    }

    /// <summary>Finds a fresh entry whose key is spelled so, for keys that are text; null if there is none. Allocates nothing.</summary>
    public CacheEntry<TValue>? TryGetFresh<TValue>(ReadOnlySpan<char> key)
    {
        var now = _time.GetTimestamp();
        if (_levels.Find(key, now) is CacheEntry<TValue> entry && now < entry.Life.FreshUntil && now < entry.Life.RefreshAt)
        {
            _levels.Counters.LocalHit();
            return entry;
        }

        return null;
    }

    /// <summary>Gets an answer, loads it if need be; one of no entry if the key is not known and nothing must be loaded.</summary>
    public ValueTask<TResult> GetAsync<TValue, TLoad, TResult, TPick>(
        TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string>? tags, CancellationToken cancellationToken)
        where TLoad : struct, ILoad<TValue>
        where TPick : IPick<TValue, TResult>
    {
        CacheEntry<TValue>? found = null;
        if (options is null || (options.Skip & CacheSkip.LocalRead) == CacheSkip.None)
        {
            found = _levels.Find(key, out var now) as CacheEntry<TValue>;
            if (found is not null && now < found.Life.FreshUntil && now < found.Life.RefreshAt)
            {
                _levels.Counters.LocalHit();
                return new ValueTask<TResult>(TPick.Pick(found, CacheLevel.Local));
            }
        }

        return found is null && options is null && _levels.Second is null && !cancellationToken.CanBeCanceled
            ? GetUnknownAsync<TValue, TLoad, TResult, TPick>(key, load, tags ?? [])
            : GetSlowAsync<TValue, TLoad, TResult, TPick>(new Ask<TKey, TValue>(key, options, tags ?? [], found), load, cancellationToken);
    }

    /// <summary>Stores a value in both levels; what is on its way to the key is not stored any more.</summary>
    public async ValueTask SetAsync<TValue>(TKey key, TValue value, CacheEntryOptions? options, IReadOnlyList<string>? tags)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        options?.Check();
        var version = _levels.Table.Version;
        _flights.Overtake(key);
        var now = _time.GetTimestamp();
        var verdict = CachingVerdict.Of(isKept: true, ValueSize.Of(value), options, tags ?? []);
        if (!_levels.TryCreate(value, (now, now), version, verdict, out var entry))
        {
            await RemoveAsync(key).ConfigureAwait(false);
            return;
        }

        // Once more when it is there: who began in between may have found something older in the second level.
        var storing = _levels.Store(key, entry, options?.Skip ?? CacheSkip.None, unless: null);
        _flights.Overtake(key);
        await storing.ConfigureAwait(false);
    }

    /// <summary>Removes a key from both levels; what is on its way to it is not stored any more.</summary>
    public ValueTask<bool> RemoveAsync(TKey key) => _levels.RemoveAsync(key, _flights.Overtake);

    /// <summary>Loads a key whatever is known, and replaces it once the load has succeeded.</summary>
    public async ValueTask<TValue> ReplaceAsync<TValue, TLoad>(
        TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string>? tags, CancellationToken cancellationToken)
        where TLoad : struct, ILoad<TValue>
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        options = options is null ? new CacheEntryOptions { Skip = CacheSkip.DistributedRead } : options with { Skip = options.Skip | CacheSkip.DistributedRead };
        options.Check();
        var previous = _levels.Peek(key, _time.GetTimestamp()) as CacheEntry<TValue>;
        var ask = new Ask<TKey, TValue>(key, options, tags ?? [], previous) { IsReplacing = true };
        var flight = await _loader.LoadAsync(ask, load, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        return ValuePick<TValue>.Pick(flight.Entry, flight.Origin);
    }

    /// <summary>Forgets many entries; what is on its way to them is not stored any more.</summary>
    public ValueTask InvalidateAsync(InvalidationKind kind, string name, CancellationToken cancellationToken) =>
        _levels.InvalidateAsync(kind, name, cancellationToken);

    public CacheStatistics Describe() => _levels.Describe(_flights.Count);

    /// <summary>Whether a key is known and fresh in the first level, without counting as use.</summary>
    public bool IsFresh(TKey key)
    {
        var now = _time.GetTimestamp();
        return _levels.Peek(key, now) is { } entry && now < entry.Life.FreshUntil;
    }

    /// <summary>Sets the refresh of an entry going in the background.</summary>
    public void Refresh<TValue, TLoad>(in Ask<TKey, TValue> ask, TLoad load)
        where TLoad : struct, ILoad<TValue>
    {
        if (!_isOver)
        {
            _loader.Refresh(ask, load);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        _loader.Dispose();
        await _levels.DisposeAsync().ConfigureAwait(false);
    }

    // The most frequent miss: nothing is known, there is no second level, and the caller cannot leave. In one state machine, which keeps
    // little, it takes half the time that it takes with one for each step.
    private async ValueTask<TResult> GetUnknownAsync<TValue, TLoad, TResult, TPick>(TKey key, TLoad load, IReadOnlyList<string> tags)
        where TLoad : struct, ILoad<TValue>
        where TPick : IPick<TValue, TResult>
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _levels.Counters.Missed();
        var since = _levels.Table.Version;
        var flight = _loader.Begin(Asked(), mayLeave: false, out var isJoined);
        while (isJoined)
        {
            await _loader.JoinAsync(flight, patience: TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
            if (!_loader.IsTooOld(flight, key, since))
            {
                return TPick.Pick(flight.Entry, flight.Origin);
            }

            since = _levels.Table.Version;
            flight = _loader.Begin(Asked(), mayLeave: false, out isJoined);
        }

        if (_levels.Failed.IsPaused(key, out var pause))
        {
            _loader.Fail(flight, key, pause);
            return TPick.Pick(flight.Entry, flight.Origin);
        }

        var began = _time.GetTimestamp();
        var ended = 0L;
        try
        {
            var context = TLoad.WantsContext ? Asked().CreateContext() : null;
            var value = await load.RunAsync(context, flight.Token).ConfigureAwait(false);
            ended = _time.GetTimestamp();
            _loader.Bring(flight, Asked(), context, value, (began, ended), flight.Epoch);
        }
        catch (Exception exception)
        {
            if (ended == 0)
            {
                _levels.Counters.Loaded(_time.GetTimestamp() - began, hasFailed: true);
            }

            _loader.Fail(flight, key, exception);
        }

        return TPick.Pick(flight.Entry, flight.Origin);

        Ask<TKey, TValue> Asked() => new(key, Options: null, tags, Previous: null);
    }

    private async ValueTask<TResult> GetSlowAsync<TValue, TLoad, TResult, TPick>(Ask<TKey, TValue> ask, TLoad load, CancellationToken cancellationToken)
        where TLoad : struct, ILoad<TValue>
        where TPick : IPick<TValue, TResult>
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        ask.Options?.Check();
        if (ask.Previous is { } known && _time.GetTimestamp() is var now && known.IsUsable(now))
        {
            AnswerNow(ask, load, now);
            return TPick.Pick(known, CacheLevel.Local);
        }

        _levels.Counters.Missed();
        cancellationToken.ThrowIfCancellationRequested();
        var patience = ask.Previous is null ? TimeSpan.Zero : _levels.Lives.SoftTimeout(ask.Options);
        var flight = await _loader.LoadAsync(ask, load, patience, cancellationToken).ConfigureAwait(false);
        if ((!flight.HasLanded || flight.Failure is not null)
            && ask.Previous is { } stale && _time.GetTimestamp() is var later && later < stale.Life.ExpiresAt)
        {
            // Too slow or failed, but we have something; a slow load goes on, and whoever asks later gets what it brings.
            stale.HeldUntil = _levels.Lives.NextTry(later);
            _levels.Counters.ServedStale();
            return TPick.Pick(stale, CacheLevel.Local);
        }

        if (!flight.HasLanded)
        {
            throw new TimeoutException("The load took longer than the soft timeout, and the stale value's life ended meanwhile.");
        }

        var entry = flight.Entry;
        if (entry is not null && entry == ask.Previous)
        {
            _levels.Counters.ServedStale();
        }

        return TPick.Pick(entry, flight.Origin);
    }

    // Fresh but due for a refresh, or stale but allowed: answered at once, and one caller sets the refresh going.
    private void AnswerNow<TValue, TLoad>(in Ask<TKey, TValue> ask, TLoad load, long now)
        where TLoad : struct, ILoad<TValue>
    {
        _levels.Counters.LocalHit();
        if (now >= ask.Previous!.Life.FreshUntil)
        {
            _levels.Counters.ServedStale();
        }

        // What is held because the source failed is not refreshed: that is what it is held for.
        if (now < ask.Previous.Life.RevalidateUntil && !ask.Skip.HasFlag(CacheSkip.Load) && ask.Previous.TryClaimRefresh(now, _levels.Lives.NextTry(now)))
        {
            _levels.Counters.Refreshed();
            _loader.Refresh(ask, load);
        }
    }
}
