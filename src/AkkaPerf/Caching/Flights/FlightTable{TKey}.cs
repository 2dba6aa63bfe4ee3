using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace AkkaPerf.Caching.Flights;

/// <summary>The loads on their way, one a key. Any thread. Holds nothing of a load that has landed.</summary>
/// <remarks>Problem: a thousand callers of one missing key must cause one load (single flight). Cost: one dictionary operation a caller.</remarks>
internal sealed class FlightTable<TKey> : IChangeCount
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Flight> _flights;
    private readonly int _maxJoiners;
    private int _joiners;
    private int _changes;

    public FlightTable(int maxJoiners, IEqualityComparer<TKey>? comparer = null)
    {
        _maxJoiners = maxJoiners;
        _flights = new ConcurrentDictionary<TKey, Flight>(comparer ?? EqualityComparer<TKey>.Default);
    }

    public int Count => _flights.Count;

    public int Changes => Volatile.Read(ref _changes);

    /// <summary>Those who wait for a load that somebody else began.</summary>
    public int Joiners => Volatile.Read(ref _joiners);

    public bool TryFind(TKey key, [NotNullWhen(true)] out Flight? flight) => _flights.TryGetValue(key, out flight);

    /// <summary>Makes a flight the one of its key, in place of another that must not be joined.</summary>
    public bool TryAdd(TKey key, Flight flight, Flight? inPlaceOf) =>
        inPlaceOf is null ? _flights.TryAdd(key, flight) : _flights.TryUpdate(key, flight, inPlaceOf);

    /// <summary>Takes out a flight that has landed or ended.</summary>
    public void Remove(TKey key, Flight flight) => _flights.TryRemove(new KeyValuePair<TKey, Flight>(key, flight));

    /// <summary>Lets no one else join what is on its way to a key, and its result not be stored.</summary>
    public void Overtake(TKey key)
    {
        Interlocked.Increment(ref _changes);
        if (_flights.TryGetValue(key, out var flight))
        {
            flight.Overtake();
            Remove(key, flight);
        }
    }

    /// <summary>Counts one more who waits for somebody else's load; false if there are too many.</summary>
    public bool TryCountJoiner()
    {
        if (Interlocked.Increment(ref _joiners) <= _maxJoiners)
        {
            return true;
        }

        Interlocked.Decrement(ref _joiners);
        return false;
    }

    public void JoinerLeft() => Interlocked.Decrement(ref _joiners);

    /// <summary>Ends all flights.</summary>
    public void Stop(Exception exception)
    {
        foreach (var flight in _flights.Values)
        {
            flight.Overtake();
            flight.Stop();
            flight.TryFail(exception);
        }

        _flights.Clear();
    }
}
