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

    /// <summary>Loads or joins, and waits; the flight has landed then.</summary>
    /// <param name="ask">What is wanted.</param>
    /// <param name="load">Loads it; runs on this thread first.</param>
    /// <param name="patience">How long to wait before a load goes on without this caller; zero for as long as it takes.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <exception cref="TimeoutException">The patience is over, and the flight has not landed: the load goes on.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Flight<TValue>> LoadAsync<TValue, TLoad>(
        Ask<TKey, TValue> ask, TLoad load, TimeSpan patience, CancellationToken cancellationToken)
        where TLoad : struct, ILoad<TValue>
    {
        // Who cannot leave runs the load himself, and nothing is made for those who wait beside it until there are any.
        var mayLeave = cancellationToken.CanBeCanceled || patience > TimeSpan.Zero;
        var flight = Begin(ask, mayLeave, out var isJoined);
        if (isJoined)
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
        else if (mayLeave)
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
        var flight = new Flight<TValue>(_levels.Table.Version);
        _flights.TryFind(ask.Key, out var other);
        if ((other is not null && IsJoinable(other, ask.Key, ask.Tags)) || !_flights.TryAdd(ask.Key, flight, other))
        {
            return;
        }

        // For everybody: it belongs to no caller's context.
        other?.Overtake();
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(() => RunAsync(flight, ask, load).AsTask());
            LetGo(flight);
        }
    }

    /// <summary>Stores a value in both levels; false if it is not to be kept.</summary>
    public bool TryCreate<TValue>(TValue value, in Ask<TKey, TValue> ask, int version, out CacheEntry<TValue> entry)
    {
        // An entry is made in any case, for those who wait.
        var options = ask.Options;
        var life = _levels.Lives.Plan(value is null, options);
        entry = new CacheEntry<TValue>(value, life ?? default, options?.Bytes ?? ValueSize.Of(value), ask.Tags.Count == 0 ? null : [.. ask.Tags]) { CheckedAt = version };
        return life is not null;
    }

    public void Dispose()
    {
        _flights.Stop(new ObjectDisposedException("The cache was disposed of while the load was on its way."));
        _end.Cancel();
    }

    // Joins the load in flight, or begins one; either way with a share.
    private Flight<TValue> Begin<TValue>(in Ask<TKey, TValue> ask, bool mayLeave, out bool isJoined)
    {
        while (true)
        {
            isJoined = false;
            if (_flights.TryFind(ask.Key, out var other) && IsJoinable(other, ask.Key, ask.Tags) && other is Flight<TValue> known)
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

            var flight = new Flight<TValue>(_levels.Table.Version, mayLeave ? null : _end.Token);
            if (_flights.TryAdd(ask.Key, flight, other))
            {
                other?.Overtake();
                return flight;
            }
        }
    }

    // Who asks after an invalidation must not get what was loaded before it.
    private bool IsJoinable(Flight flight, TKey key, IReadOnlyList<string> tags) =>
        !flight.IsOvertaken && _levels.Table.IsValidSince(flight.Epoch, key, _levels.TextOf, tags);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync<TValue>(Flight<TValue> flight, TimeSpan patience, CancellationToken cancellationToken)
    {
        var isLetGo = false;
        try
        {
            var landing = flight.WhenLanded;
            await (patience > TimeSpan.Zero ? landing.WaitAsync(patience, _time, cancellationToken) : landing.WaitAsync(cancellationToken))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!flight.HasLanded)
            {
                cancellationToken.ThrowIfCancellationRequested();
                isLetGo = true;
                throw new TimeoutException();
            }
        }
        finally
        {
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
    private void LetGo<TValue>(Flight<TValue> flight) => _ = OverseeAsync(flight);

    private async Task OverseeAsync<TValue>(Flight<TValue> flight)
    {
        await flight.WhenLanded.WaitAsync(_loadTimeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (flight.Leave())
        {
            flight.Overtake();
        }
    }

    // Lands the flight whatever happens; throws nothing.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunAsync<TValue, TLoad>(Flight<TValue> flight, Ask<TKey, TValue> ask, TLoad load)
        where TLoad : struct, ILoad<TValue>
    {
        try
        {
            if (_levels.Second is not null && !ask.Skip.HasFlag(CacheSkip.DistributedRead))
            {
                var second = await _levels.ReadSecondAsync<TValue>(ask.Key, ask.Options, ask.Previous is not null, flight.Token).ConfigureAwait(false);
                if (second is not null && (ask.Previous is null || second.Life.MadeAt > ask.Previous.Life.MadeAt))
                {
                    if (second.IsUsable(_time.GetTimestamp()))
                    {
                        _levels.Counters.DistributedHit();
                        Publish(flight, ask.Key, second, ask.Skip | CacheSkip.DistributedWrite);
                        Land(flight, ask.Key, second, CacheLevel.Distributed);
                        return;
                    }

                    ask = ask with { Previous = second };
                }
            }

            if (ask.Skip.HasFlag(CacheSkip.Load))
            {
                Land(flight, ask.Key, entry: null, CacheLevel.None);
                return;
            }

            await LoadAsync(flight, ask, load).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!ask.MayHold || flight.Token.IsCancellationRequested || !TryHold(flight, ask.Key, ask.Previous))
            {
                // First nobody can join any more: a failure is not for those who ask after it.
                _flights.Remove(ask.Key, flight);
                flight.TryFail(exception);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask LoadAsync<TValue, TLoad>(Flight<TValue> flight, Ask<TKey, TValue> ask, TLoad load)
        where TLoad : struct, ILoad<TValue>
    {
        var began = _time.GetTimestamp();
        var hasFailed = true;
        try
        {
            var previous = ask.Previous;
            var context = TLoad.WantsContext
                ? new LoadContext<TValue>(previous is not null, previous is null ? default : previous.Value, ask.Options, ask.Tags)
                : null;
            var value = await load.RunAsync(context, flight.Token).ConfigureAwait(false);
            hasFailed = false;
            if (context is not null)
            {
                context.Options?.Check();
                ask = ask with { Options = context.Options, Tags = context.Tags };
            }

            if (TryCreate(value, ask, flight.Epoch, out var entry) && context?.IsKept != false)
            {
                Publish(flight, ask.Key, entry, ask.Skip);
            }

            Land(flight, ask.Key, entry, CacheLevel.None);
        }
        finally
        {
            _levels.Counters.Loaded(_time.GetTimestamp() - began, hasFailed);
        }
    }

    private void Land<TValue>(Flight<TValue> flight, TKey key, CacheEntry<TValue>? entry, CacheLevel origin)
    {
        _flights.Remove(key, flight);
        flight.Land(entry, origin);
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

        _ = _levels.Store(key, entry, skip);
        if (flight.IsOvertaken)
        {
            _levels.First.Remove(key, entry);
            if (!skip.HasFlag(CacheSkip.DistributedWrite))
            {
                _ = _levels.RemoveSecond(key);
            }
        }
    }
}
