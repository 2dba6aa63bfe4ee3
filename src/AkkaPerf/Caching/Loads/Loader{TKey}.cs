using System.Runtime.CompilerServices;
using AkkaPerf.Caching.Flights;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Loads;

/// <summary>Brings what the first level does not have: joins the load in flight, else asks the second level and the source, and stores the result.</summary>
/// <remarks>Internal waits use pooled state machines: each is awaited once, by the code that started it.</remarks>
internal sealed class Loader<TKey> : IDisposable
    where TKey : notnull
{
    private readonly CacheLevels<TKey> _levels;
    private readonly FlightTable<TKey> _flights;
    private readonly TimeProvider _time;
    private readonly TimeSpan _loadTimeout;
    private readonly CancellationTokenSource _end = new();

    public Loader(CacheLevels<TKey> levels, FlightTable<TKey> flights, TimeProvider time, TimeSpan loadTimeout)
    {
        _levels = levels;
        _flights = flights;
        _time = time;
        _loadTimeout = loadTimeout;
    }

    /// <summary>Loads or joins, and waits. The flight has landed then, unless this caller's patience was over: its load goes on.</summary>
    /// <param name="ask">What is wanted.</param>
    /// <param name="load">Loads it; runs on this thread first.</param>
    /// <param name="patience">How long to wait before a load goes on without this caller; zero for as long as it takes.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Flight<TValue>> LoadAsync<TValue, TLoad>(
        Ask<TKey, TValue> ask, TLoad load, TimeSpan patience, CancellationToken cancellationToken)
        where TLoad : struct, ILoad<TValue>
    {
        // Who cannot leave runs the load himself, and nothing is made for those who wait beside it until there are any.
        var mayLeave = cancellationToken.CanBeCanceled || patience > TimeSpan.Zero;
        var since = _levels.Table.Version;
        var flight = Begin(ask, mayLeave, out var isJoined);
        while (isJoined)
        {
            await JoinAsync(flight, patience, cancellationToken).ConfigureAwait(false);
            if (!IsTooOld(flight, ask.Key, since))
            {
                return flight;
            }

            since = _levels.Table.Version;
            flight = Begin(ask, mayLeave, out isJoined);
        }

        if (mayLeave)
        {
            var running = RunAsync(flight, ask, load);
            if (!running.IsCompleted)
            {
                await WaitAsync(flight, patience, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            await RunAsync(flight, ask, load).ConfigureAwait(false);
        }

        return flight;
    }

    /// <summary>Sets the refresh of an entry going in the background; a load in flight is refresh enough.</summary>
    public void Refresh<TValue, TLoad>(Ask<TKey, TValue> ask, TLoad load)
        where TLoad : struct, ILoad<TValue>
    {
        var flight = new Flight<TValue>(_levels.Table.Version) { Skip = ask.Skip };
        _flights.TryFind(ask.Key, out var other);
        if ((other is not null && IsCurrent(other, ask.Key, ask.Tags)) || !_flights.TryAdd(ask.Key, flight, other))
        {
            return;
        }

        // For everybody: it belongs to no caller's context.
        other?.Overtake();
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(() => RunAsync(flight, ask, load).AsTask());
        }

        LetGo(flight);
    }

    public void Dispose()
    {
        _flights.Stop(new ObjectDisposedException("The cache was disposed of while the load was on its way."));
        _end.Cancel();
    }

    /// <summary>Joins the load in flight, or begins one; either way with a share.</summary>
    public Flight<TValue> Begin<TValue>(in Ask<TKey, TValue> ask, bool mayLeave, out bool isJoined)
    {
        while (true)
        {
            isJoined = false;
            _flights.TryFind(ask.Key, out var other);
            var isCurrent = other is not null && IsCurrent(other, ask.Key, ask.Tags);
            if (isCurrent && !ask.IsReplacing && other is Flight<TValue> known && known.Skip == ask.Skip)
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

            // Who wants less than others must not be joined by them, nor take their load's place.
            if ((ask.Skip & CacheSkip.Load) != CacheSkip.None || (isCurrent && !ask.IsReplacing && other!.Skip != ask.Skip))
            {
                return new Flight<TValue>(_levels.Table.Version) { Skip = ask.Skip, Changes = _flights, ChangesSeen = _flights.Changes };
            }

            var flight = new Flight<TValue>(_levels.Table.Version, mayLeave ? null : _end.Token) { Skip = ask.Skip };
            if (_flights.TryAdd(ask.Key, flight, other))
            {
                other?.Overtake();
                return flight;
            }
        }
    }

    /// <summary>Waits for the load that was joined.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask JoinAsync<TValue>(Flight<TValue> flight, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await WaitAsync(flight, patience, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _flights.JoinerLeft();
        }
    }

    /// <summary>Whether a flight that was joined brought what had been invalidated by then: tags that a load names itself are known only when it has landed.</summary>
    /// <param name="flight">The flight.</param>
    /// <param name="key">Its key.</param>
    /// <param name="since">The version of the invalidations when it was joined.</param>
    public bool IsTooOld<TValue>(Flight<TValue> flight, TKey key, int since) =>
        since > flight.Epoch && flight.HasLanded && flight.Failure is null && flight.Entry is { Tags.Length: > 0 } entry
        && !_levels.Table.IsValid(entry, key, _levels.TextOf);

    /// <summary>Lands the flight with what its load brought, which is stored unless it has been overtaken.</summary>
    /// <param name="flight">The load.</param>
    /// <param name="ask">Who asked, and for what.</param>
    /// <param name="context">What the load said of it; null if it had no say.</param>
    /// <param name="value">What it brought.</param>
    /// <param name="load">When it began and ended.</param>
    /// <param name="version">Of the invalidations when it began.</param>
    public void Bring<TValue>(
        Flight<TValue> flight, in Ask<TKey, TValue> ask, LoadContext<TValue>? context, TValue value, (long Began, long Ended) load, int version)
    {
        _levels.Counters.Loaded(load.Ended - load.Began, hasFailed: false);
        context?.Options?.Check();
        var options = context is null ? ask.Options : context.Options;
        var verdict = CachingVerdict.Of(context?.IsKept != false, ValueSize.Of(value), options, context is null ? ask.Tags : context.Tags);
        if (_levels.TryCreate(value, load, version, verdict, out var entry))
        {
            _ = _levels.Store(ask.Key, entry, options?.Skip ?? CacheSkip.None, flight);
        }
        else if (ask.Previous is not null && !flight.IsOvertaken)
        {
            // What was known is not true any more, and what is true is not to be kept.
            _levels.First.Remove(ask.Key, ask.Previous);
            _ = _levels.RemoveSecond(ask.Key);
        }

        Land(flight, ask.Key, entry, CacheLevel.None);
    }

    /// <summary>Lands the flight with a failure, which lets the source alone for a while, unless nobody asked it or nobody waits any more.</summary>
    public void Fail<TValue>(Flight<TValue> flight, TKey key, Exception exception)
    {
        if (exception is not LoadPausedException && !flight.Token.IsCancellationRequested && !flight.IsOvertaken)
        {
            _levels.Failed.Add(key, exception);
        }

        // First nobody can join any more: a failure is not for those who ask after it.
        _flights.Remove(key, flight);
        flight.TryFail(exception);
    }

    // Who asks after an invalidation must not get what was loaded before it.
    private bool IsCurrent(Flight flight, TKey key, IReadOnlyList<string> tags) =>
        !flight.IsOvertaken && _levels.Table.IsValidSince(flight.Epoch, key, _levels.TextOf, tags);

    // Ends when the flight has landed or the patience is over.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync<TValue>(Flight<TValue> flight, TimeSpan patience, CancellationToken cancellationToken)
    {
        Task landing = flight.WhenLanded;
        var waiting = patience > TimeSpan.Zero ? landing.WaitAsync(patience, _time, cancellationToken) : landing.WaitAsync(cancellationToken);
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (flight.HasLanded)
        {
            flight.Leave();
        }
        else if (waiting.IsCanceled)
        {
            flight.Leave();
            throw new OperationCanceledException("The caller cancelled.", cancellationToken);
        }
        else
        {
            LetGo(flight);
        }
    }

    // The share goes over to the load itself, which keeps it until it has landed, but not for ever: then it is replaced.
    private void LetGo<TValue>(Flight<TValue> flight)
    {
        if (!flight.TryOversee())
        {
            flight.Leave();
            return;
        }

        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _ = OverseeAsync(flight);
        }
    }

    private async Task OverseeAsync<TValue>(Flight<TValue> flight)
    {
        Task landing = flight.WhenLanded;
        await landing.WaitAsync(_loadTimeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!flight.HasLanded)
        {
            flight.Overtake();
        }

        flight.Leave();
    }

    // Lands the flight whatever happens; throws nothing.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunAsync<TValue, TLoad>(Flight<TValue> flight, Ask<TKey, TValue> ask, TLoad load)
        where TLoad : struct, ILoad<TValue>
    {
        var isOfSecond = false;
        try
        {
            if (_levels.Second is not null && !ask.Skip.HasFlag(CacheSkip.DistributedRead))
            {
                var second = await _levels.ReadSecondAsync<TValue>(ask.Key, ask.Options, ask.Previous is not null, flight.Token).ConfigureAwait(false);
                if (second is not null && (ask.Previous is null || second.MadeAtUtc > ask.Previous.MadeAtUtc))
                {
                    if (Does(second, ask.Previous is not null))
                    {
                        _levels.Counters.DistributedHit();
                        _ = _levels.Store(ask.Key, second, ask.Skip | CacheSkip.DistributedWrite, flight);
                        Land(flight, ask.Key, second, CacheLevel.Distributed);
                        return;
                    }

                    ask = ask with { Previous = second };
                    isOfSecond = true;
                }
            }

            if (ask.Skip.HasFlag(CacheSkip.Load))
            {
                Land(flight, ask.Key, entry: null, CacheLevel.None);
                return;
            }

            if (!ask.IsReplacing && _levels.Failed.IsPaused(ask.Key, out var pause))
            {
                throw pause;
            }

            await LoadAsync(flight, ask, load).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (ask.IsReplacing || flight.Token.IsCancellationRequested || !TryHold(flight, ask.Key, ask.Previous, isOfSecond))
            {
                Fail(flight, ask.Key, exception);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask LoadAsync<TValue, TLoad>(Flight<TValue> flight, Ask<TKey, TValue> ask, TLoad load)
        where TLoad : struct, ILoad<TValue>
    {
        // What the look at the second level has taught of invalidations was before this load.
        var version = _levels.Table.Version;
        var began = _time.GetTimestamp();
        var ended = 0L;
        try
        {
            var context = TLoad.WantsContext ? ask.CreateContext() : null;
            var value = await load.RunAsync(context, flight.Token).ConfigureAwait(false);
            ended = _time.GetTimestamp();
            Bring(flight, ask, context, value, (began, ended), version);
        }
        finally
        {
            if (ended == 0)
            {
                _levels.Counters.Loaded(_time.GetTimestamp() - began, hasFailed: true);
            }
        }
    }

    private void Land<TValue>(Flight<TValue> flight, TKey key, CacheEntry<TValue>? entry, CacheLevel origin)
    {
        _flights.Remove(key, flight);
        flight.Land(entry, origin);
    }

    // The source failed: what we have may do a little longer, and for that long nobody asks the source again.
    private bool TryHold<TValue>(Flight<TValue> flight, TKey key, CacheEntry<TValue>? previous, bool isOfSecond)
    {
        var now = _time.GetTimestamp();
        if (previous is null || now >= previous.Life.ExpiresAt)
        {
            return false;
        }

        // Removed before the load began, it is no answer to those who joined since; who asked first still has it.
        var known = _levels.Peek(key, now);
        if (!isOfSecond && known != previous)
        {
            return false;
        }

        previous.HeldUntil = _levels.Lives.NextTry(now);
        if (known is null)
        {
            _ = _levels.Store(key, previous, CacheSkip.DistributedWrite, flight);
        }

        Land(flight, key, previous, CacheLevel.Local);
        return true;
    }

    // In place of something that is known only what is fresh and will stay so for a while; else whatever is allowed.
    private bool Does<TValue>(CacheEntry<TValue> second, bool isForRefresh)
    {
        var now = _time.GetTimestamp();
        return isForRefresh ? now < second.Life.FreshUntil && now < second.Life.RefreshAt : second.IsUsable(now);
    }
}
