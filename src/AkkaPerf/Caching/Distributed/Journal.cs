namespace AkkaPerf.Caching.Distributed;

/// <summary>Changes that the store missed: of each key the latest, in the order in which they were made; bounded.</summary>
/// <remarks>
/// Beyond its bytes the oldest values become removals: the store then has nothing instead of something old. Beyond its entries the oldest
/// key is forgotten. Not thread-safe; logarithmic cost.
/// </remarks>
internal sealed class Journal
{
    private readonly JournalOptions _options;
    private readonly L2Counters _counters;
    private readonly Dictionary<string, Change> _byKey = new(StringComparer.Ordinal);
    private readonly SortedSet<Change> _byOrder = new(ByOrder);
    private readonly SortedSet<Change> _values = new(ByOrder);
    private long _bytes;

    public Journal(JournalOptions options, L2Counters counters)
    {
        _options = options;
        _counters = counters;
    }

    public int Count => _byKey.Count;

    /// <summary>Size of the values.</summary>
    public long Bytes => _bytes;

    private static Comparer<Change> ByOrder { get; } = Comparer<Change>.Create(static (one, other) => one.Order.CompareTo(other.Order));

    public bool Contains(string key) => _byKey.ContainsKey(key);

    /// <summary>Whether this is what it has for its key.</summary>
    public bool IsCurrent(Change change) => _byKey.TryGetValue(change.Key, out var current) && current.Order == change.Order;

    /// <summary>Takes a change in place of an older one of its key; false if it has a newer one.</summary>
    public bool Put(Change change)
    {
        if (_byKey.TryGetValue(change.Key, out var older))
        {
            if (older.Order > change.Order)
            {
                return false;
            }

            Unlink(older);
        }

        _counters.Add(L2Count.Journaled);
        Link(change);
        while (_bytes > _options.Bytes)
        {
            var oldest = _values.Min!;
            Unlink(oldest);
            Link(oldest.AsRemoval());
            _counters.Add(L2Count.Dropped);
        }

        while (Count > _options.Entries)
        {
            var oldest = _byOrder.Min!;
            Unlink(oldest);
            _counters.Add(L2Count.Dropped, oldest.Value is null ? 0 : 1);
            _counters.Add(L2Count.Forgotten);
        }

        return true;
    }

    /// <summary>The oldest change after the given order; null if there is none.</summary>
    public Change? After(long order)
    {
        if (_byOrder.Count == 0 || _byOrder.Max!.Order <= order)
        {
            return null;
        }

        return _byOrder.Min!.Order > order
            ? _byOrder.Min
            : _byOrder.GetViewBetween(new Change("", order + 1, Value: null, default), _byOrder.Max).Min;
    }

    /// <summary>The store has had it; a newer change of its key stays.</summary>
    public void Complete(Change change)
    {
        if (IsCurrent(change))
        {
            Unlink(_byKey[change.Key]);
        }
    }

    private void Link(Change change)
    {
        _byKey.Add(change.Key, change);
        _byOrder.Add(change);
        if (change.Value is { } value)
        {
            _values.Add(change);
            _bytes += value.Length;
        }
    }

    private void Unlink(Change change)
    {
        _byKey.Remove(change.Key);
        _byOrder.Remove(change);
        if (change.Value is { } value)
        {
            _values.Remove(change);
            _bytes -= value.Length;
        }
    }
}
