using System.Diagnostics.CodeAnalysis;

namespace AkkaPerf.Caching;

/// <summary>Remembers for a moment which keys could not be loaded, so that their source is not asked again by everybody who comes. Any thread.</summary>
/// <remarks>
/// Only for keys of which nothing stale can be answered: those are held for <c>stale.retry-after</c>. No exception becomes a value: it is
/// told as the cause of a new one. Bounded, the oldest go first. While nothing failed a look costs one memory read.
/// </remarks>
internal sealed class FailedKeys<TKey>
    where TKey : notnull
{
    // Each holds an exception and all that hangs on it; what is forgotten early is only asked for once more.
    private const int Capacity = 1_024;

    // So that keys that failed together are not all tried again together.
    private const double Jitter = 0.2;

    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, (long Until, Exception Cause)> _failures;
    private readonly Queue<(TKey Key, long Until)> _order = new();
    private readonly TimeSpan _pause;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private int _count;

    /// <summary>Makes an empty one.</summary>
    /// <param name="pause">How long a key is remembered, up to a fifth longer by chance; zero for not at all.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Chance.</param>
    /// <param name="comparer">Which keys are the same; null for their own opinion.</param>
    public FailedKeys(TimeSpan pause, TimeProvider time, Random random, IEqualityComparer<TKey>? comparer)
    {
        _pause = pause;
        _time = time;
        _random = random;
        _failures = new Dictionary<TKey, (long Until, Exception Cause)>(comparer);
    }

    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether a key is to be left alone now, and what its callers are told: a new exception each time.</summary>
    public bool IsPaused(TKey key, [NotNullWhen(true)] out LoadPausedException? failure)
    {
        failure = null;
        if (Count == 0)
        {
            return false;
        }

        lock (_gate)
        {
            var now = _time.GetTimestamp();
            if (!_failures.TryGetValue(key, out var known) || now >= known.Until)
            {
                return false;
            }

            failure = new LoadPausedException(_time.GetElapsedTime(now, known.Until), known.Cause);
            return true;
        }
    }

    /// <summary>A key's load failed.</summary>
    public void Add(TKey key, Exception cause)
    {
        if (_pause <= TimeSpan.Zero)
        {
            return;
        }

        var now = _time.GetTimestamp();
        var until = now + (long)(_pause.TotalSeconds * (1 + (Jitter * _random.NextDouble())) * _time.TimestampFrequency);
        lock (_gate)
        {
            while (_order.TryPeek(out var oldest) && (oldest.Until <= now || _order.Count >= Capacity))
            {
                _order.Dequeue();

                // A key that failed again has a later pause of its own.
                if (_failures.TryGetValue(oldest.Key, out var known) && known.Until == oldest.Until)
                {
                    _failures.Remove(oldest.Key);
                }
            }

            _failures[key] = (until, cause);
            _order.Enqueue((key, until));
            Volatile.Write(ref _count, _failures.Count);
        }
    }

    /// <summary>A key is known again, or to be asked for again at once.</summary>
    public void Remove(TKey key)
    {
        if (Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            _failures.Remove(key);
            Volatile.Write(ref _count, _failures.Count);
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _failures.Clear();
            _order.Clear();
            Volatile.Write(ref _count, 0);
        }
    }
}
