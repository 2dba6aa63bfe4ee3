namespace AkkaPerf.Caching;

/// <summary>Remembers for a while which keys' answers cannot be shared, so that requests for them do not wait for one another.</summary>
/// <remarks>Bounded, the oldest go first. Any thread; constant cost.</remarks>
internal sealed class UnshareableKeys
{
    // Long enough to spare a busy key the queueing, short enough to notice a change.
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    // A stream of ever new keys must not grow it: what is forgotten early only queues once more.
    private const int Capacity = 10_000;

    private readonly Dictionary<string, long> _expiry = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long ExpiresAt)> _order = new();
    private readonly TimeProvider _time;
    private readonly long _lifeTicks;
    private readonly Lock _gate = new();
    private volatile int _count;

    public UnshareableKeys(TimeProvider time)
    {
        _time = time;
        _lifeTicks = (long)(Life.TotalSeconds * time.TimestampFrequency);
    }

    public int Count => _count;

    public bool Contains(string key)
    {
        if (_count == 0)
        {
            return false;
        }

        lock (_gate)
        {
            return _expiry.TryGetValue(key, out var expiresAt) && _time.GetTimestamp() < expiresAt;
        }
    }

    public void Add(string key)
    {
        var now = _time.GetTimestamp();
        lock (_gate)
        {
            while (_order.TryPeek(out var oldest) && (oldest.ExpiresAt <= now || _order.Count >= Capacity))
            {
                _order.Dequeue();

                // A key that was added again has a later life of its own.
                if (_expiry.TryGetValue(oldest.Key, out var expiresAt) && expiresAt == oldest.ExpiresAt)
                {
                    _expiry.Remove(oldest.Key);
                }
            }

            _expiry[key] = now + _lifeTicks;
            _order.Enqueue((key, now + _lifeTicks));
            _count = _expiry.Count;
        }
    }

    public void Remove(string key)
    {
        if (_count == 0)
        {
            return;
        }

        lock (_gate)
        {
            _expiry.Remove(key);
            _count = _expiry.Count;
        }
    }
}
