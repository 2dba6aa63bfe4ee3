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
    private readonly TimeProvider _time;
    private readonly TimeSpan _loadTimeout;
    private volatile bool _isOver;

    public CacheEngine(CacheLevels<TKey> levels, FlightTable<TKey> flights, TimeProvider time, TimeSpan loadTimeout)
    {
        _levels = levels;
        _flights = flights;
        _time = time;
        _loadTimeout = loadTimeout;
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

    /// <summary>Gets an entry, loads it if need be; null if it is not known and must not be loaded.</summary>
    public ValueTask<CacheAnswer<TValue>> GetAsync<TValue, TLoad>(
        TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string>? tags, CancellationToken cancellationToken)
        where TLoad : struct, ILoad<TValue>
    {
        CacheEntry<TValue>? found = null;
        if (options is null || !options.Skip.HasFlag(CacheSkip.LocalRead))
        {
            found = _levels.Find(key, out var now) as CacheEntry<TValue>;
            if (found is not null && now < found.Life.FreshUntil && now < found.Life.RefreshAt)
            {
                _levels.Counters.LocalHit();
                return new ValueTask<CacheAnswer<TValue>>(new CacheAnswer<TValue>(found, CacheLevel.Local));
            }
        }

        return GetSlowAsync(key, load, options, tags ?? [], found, cancellationToken);
    }

    /// <summary>Stores a value in both levels; what is on its way to the key is not stored any more.</summary>
    public async ValueTask SetAsync<TValue>(TKey key, TValue value, CacheEntryOptions? options, IReadOnlyList<string>? tags)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        options?.Check();
        var version = _levels.Table.Version;
        _flights.Overtake(key);
        if (CreateEntry(value, options, tags ?? [], version, out var entry))
        {
            await StoreAsync(key, entry, options?.Skip ?? CacheSkip.None).ConfigureAwait(false);
        }
        else
        {
            await _levels.RemoveAsync(key).ConfigureAwait(false);
        }
    }

    /// <summary>Removes a key from both levels; what is on its way to it is not stored any more.</summary>
    public ValueTask<bool> RemoveAsync(TKey key)
    {
        _flights.Overtake(key);
        return _levels.RemoveAsync(key);
    }

    /// <summary>Loads a key whatever is known, and replaces it once the load has succeeded.</summary>
    public async ValueTask<TValue> ReplaceAsync<TValue, TLoad>(
        TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string>? tags, CancellationToken cancellationToken)
        where TLoad : struct, ILoad<TValue>
    {
        var previous = _levels.Peek(key, _time.GetTimestamp()) as CacheEntry<TValue>;
        var skip = (options ??= new CacheEntryOptions()).Skip | CacheSkip.DistributedRead;
        var flight = Begin(key, load, options with { Skip = skip }, tags ?? [], previous, mayHold: false, out var isJoined);
        var entry = await WaitAsync(flight, isJoined, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        return entry!.Value;
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
    public void Refresh<TValue, TLoad>(TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string> tags, CacheEntry<TValue> found)
        where TLoad : struct, ILoad<TValue>
    {
        // In the background, and for everybody: it belongs to no caller's context, and a load in flight is refresh enough.
        var flight = new Flight<TValue>(_levels.Table.Version);
        _flights.TryFind(key, out var other);
        if ((other is null || !IsJoinable(other, key, tags)) && _flights.TryAdd(key, flight, other))
        {
            other?.Overtake();
            using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
            {
                _ = Task.Run(() => RunAsync(flight, key, load, options, tags, found, mayHold: true));
            }

            LetGo(flight);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        _flights.Stop(new ObjectDisposedException("The cache was disposed of while the load was on its way."));
        await _levels.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<CacheAnswer<TValue>> GetSlowAsync<TValue, TLoad>(
        TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string> tags, CacheEntry<TValue>? found, CancellationToken cancellationToken)
        where TLoad : struct, ILoad<TValue>
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        options?.Check();
        var now = _time.GetTimestamp();
        if (found?.IsUsable(now) == true)
        {
            return AnswerNow(key, load, options, tags, found, now);
        }

        _levels.Counters.Missed();
        cancellationToken.ThrowIfCancellationRequested();
        var flight = Begin(key, load, options, tags, found, mayHold: true, out var isJoined);
        var patience = found is null ? TimeSpan.Zero : _levels.Lives.SoftTimeout(options);
        try
        {
            var entry = await WaitAsync(flight, isJoined, patience, cancellationToken).ConfigureAwait(false);
            return new CacheAnswer<TValue>(entry, flight.Origin);
        }
        catch (TimeoutException) when (found is not null && !flight.Landing.IsCompleted)
        {
            // Slow, but we have something: the load goes on, and whoever asks later gets what it brings.
            _levels.Counters.ServedStale();
            return new CacheAnswer<TValue>(found, CacheLevel.Local);
        }
    }

    // Fresh but due for a refresh, or stale but allowed while it is refreshed: at once, and one caller sets the refresh going.
    private CacheAnswer<TValue> AnswerNow<TValue, TLoad>(
        TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string> tags, CacheEntry<TValue> found, long now)
        where TLoad : struct, ILoad<TValue>
    {
        _levels.Counters.LocalHit();
        if (now >= found.Life.FreshUntil)
        {
            _levels.Counters.ServedStale();
        }

        if (options?.Skip.HasFlag(CacheSkip.Load) != true && found.TryClaimRefresh(now, _levels.Lives.NextTry(now)))
        {
            _levels.Counters.Refreshed();
            Refresh(key, load, options, tags, found);
        }

        return new CacheAnswer<TValue>(found, CacheLevel.Local);
    }

    // Joins the load in flight, or begins one; either way with a share.
    private Flight<TValue> Begin<TValue, TLoad>(
        TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string> tags, CacheEntry<TValue>? previous, bool mayHold, out bool isJoined)
        where TLoad : struct, ILoad<TValue>
    {
        while (true)
        {
            isJoined = false;
            if (_flights.TryFind(key, out var other) && IsJoinable(other, key, tags) && other is Flight<TValue> known)
            {
                if (!_flights.TryCountJoiner())
                {
                    throw new RequestRejectedException(RefusalReason.QueueFull);
                }

                if (known.TryJoin())
                {
                    _levels.Counters.HasJoined();
                    isJoined = true;
                    return known;
                }

                _flights.JoinerLeft();
            }

            var flight = new Flight<TValue>(_levels.Table.Version);
            if (_flights.TryAdd(key, flight, other))
            {
                other?.Overtake();
                _ = RunAsync(flight, key, load, options, tags, previous, mayHold);
                return flight;
            }
        }
    }

    // Who asks after an invalidation must not get what was loaded before it.
    private bool IsJoinable(Flight flight, TKey key, IReadOnlyList<string> tags) =>
        !flight.IsOvertaken && _levels.Table.IsValidSince(flight.Epoch, key, _levels.TextOf, tags);

    private async Task<CacheEntry<TValue>?> WaitAsync<TValue>(
        Flight<TValue> flight, bool isJoined, TimeSpan patience, CancellationToken cancellationToken)
    {
        var isLetGo = false;
        try
        {
            if (patience > TimeSpan.Zero)
            {
                return await flight.Landing.WaitAsync(patience, _time, cancellationToken).ConfigureAwait(false);
            }

            return cancellationToken.CanBeCanceled
                ? await flight.Landing.WaitAsync(cancellationToken).ConfigureAwait(false)
                : await flight.Landing.ConfigureAwait(false);
        }
        catch (TimeoutException) when (!flight.Landing.IsCompleted)
        {
            isLetGo = true;
            throw;
        }
        finally
        {
            if (isJoined)
            {
                _flights.JoinerLeft();
            }

            if (isLetGo)
            {
                LetGo(flight);
            }
            else
            {
                flight.Leave();
            }
        }
    }

    // The share goes over to the load itself, which keeps it until it has landed, but not for ever.
    private void LetGo<TValue>(Flight<TValue> flight)
    {
        if (flight.Landing.IsCompleted)
        {
            flight.Leave();
            return;
        }

        _ = OverseeAsync(flight);
    }

    private async Task OverseeAsync<TValue>(Flight<TValue> flight)
    {
        try
        {
            await flight.Landing.WaitAsync(_loadTimeout, _time).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It takes too long, or it failed, which is counted where it ran.
        }

        if (flight.Leave())
        {
            flight.Overtake();
        }
    }

    private async Task RunAsync<TValue, TLoad>(
        Flight<TValue> flight, TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string> tags, CacheEntry<TValue>? previous, bool mayHold)
        where TLoad : struct, ILoad<TValue>
    {
        var skip = options?.Skip ?? CacheSkip.None;
        try
        {
            if (_levels.Second is not null && !skip.HasFlag(CacheSkip.DistributedRead)
                && await _levels.ReadSecondAsync<TValue>(key, options, previous is not null, flight.Token).ConfigureAwait(false) is { } second
                && (previous is null || second.Life.MadeAt > previous.Life.MadeAt))
            {
                if (second.IsUsable(_time.GetTimestamp()))
                {
                    _levels.Counters.DistributedHit();
                    Publish(flight, key, second, skip | CacheSkip.DistributedWrite);
                    Land(flight, key, second, CacheLevel.Distributed);
                    return;
                }

                previous = second;
            }

            if (skip.HasFlag(CacheSkip.Load))
            {
                Land(flight, key, entry: null, CacheLevel.None);
                return;
            }

            Land(flight, key, await LoadAsync(flight, key, load, options, tags, previous).ConfigureAwait(false), CacheLevel.None);
        }
        catch (Exception exception)
        {
            if (!mayHold || flight.Token.IsCancellationRequested || !TryHold(flight, key, previous))
            {
                // First nobody can join any more: a failure is not for those who ask after it.
                _flights.Remove(key, flight);
                flight.TryFail(exception);
            }
        }
    }

    private void Land<TValue>(Flight<TValue> flight, TKey key, CacheEntry<TValue>? entry, CacheLevel origin)
    {
        _flights.Remove(key, flight);
        flight.Land(entry, origin);
    }

    private async ValueTask<CacheEntry<TValue>> LoadAsync<TValue, TLoad>(
        Flight<TValue> flight, TKey key, TLoad load, CacheEntryOptions? options, IReadOnlyList<string> tags, CacheEntry<TValue>? previous)
        where TLoad : struct, ILoad<TValue>
    {
        var began = _time.GetTimestamp();
        var hasFailed = true;
        try
        {
            var context = TLoad.WantsContext
                ? new LoadContext<TValue>(previous is not null, previous is null ? default : previous.Value, options, tags)
                : null;
            var value = await load.RunAsync(context, flight.Token).ConfigureAwait(false);
            hasFailed = false;
            if (context is not null)
            {
                (options, tags) = (context.Options, context.Tags);
                options?.Check();
            }

            if (CreateEntry(value, options, tags, flight.Epoch, out var entry) && context?.IsKept != false)
            {
                Publish(flight, key, entry, options?.Skip ?? CacheSkip.None);
            }

            return entry;
        }
        finally
        {
            _levels.Counters.Loaded(_time.GetTimestamp() - began, hasFailed);
        }
    }

    // The source failed: what we have may do a little longer, and for that long nobody asks the source again.
    private bool TryHold<TValue>(Flight<TValue> flight, TKey key, CacheEntry<TValue>? previous)
    {
        var now = _time.GetTimestamp();
        if (previous is null || now >= previous.Life.ExpiresAt)
        {
            return false;
        }

        previous.HeldUntil = _levels.Lives.NextTry(now);
        if (_levels.Peek(key, now) is null)
        {
            // It came from the second level.
            Publish(flight, key, previous, CacheSkip.DistributedWrite);
        }

        _levels.Counters.ServedStale();
        Land(flight, key, previous, CacheLevel.Local);
        return true;
    }

    // What is set or removed under the key meanwhile wins: looked at before and after.
    private void Publish<TValue>(Flight<TValue> flight, TKey key, CacheEntry<TValue> entry, CacheSkip skip)
    {
        if (flight.IsOvertaken)
        {
            return;
        }

        if (!skip.HasFlag(CacheSkip.LocalWrite))
        {
            _levels.First.Set(key, entry);
        }

        if (!skip.HasFlag(CacheSkip.DistributedWrite))
        {
            _ = _levels.WriteSecond(key, entry);
        }

        if (flight.IsOvertaken)
        {
            _levels.First.Remove(key, entry);
            if (!skip.HasFlag(CacheSkip.DistributedWrite))
            {
                _ = _levels.RemoveSecond(key);
            }
        }
    }

    private Task StoreAsync<TValue>(TKey key, CacheEntry<TValue> entry, CacheSkip skip)
    {
        if (!skip.HasFlag(CacheSkip.LocalWrite))
        {
            _levels.First.Set(key, entry);
        }

        return skip.HasFlag(CacheSkip.DistributedWrite) ? Task.CompletedTask : _levels.WriteSecond(key, entry);
    }

    // An entry is made in any case, for those who wait; false if it is not to be kept.
    private bool CreateEntry<TValue>(TValue value, CacheEntryOptions? options, IReadOnlyList<string> tags, int version, out CacheEntry<TValue> entry)
    {
        var life = _levels.Lives.Plan(value is null, options);
        entry = new CacheEntry<TValue>(value, life ?? default, options?.Bytes ?? ValueSize.Of(value), tags.Count == 0 ? null : [.. tags]) { CheckedAt = version };
        return life is not null;
    }
}
