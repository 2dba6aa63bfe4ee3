namespace AkkaPerf.Caching.Invalidations;

/// <summary>What this process has to tell the others: the last invalidation of each name, until it has stood in the log for a while. Any thread.</summary>
/// <remarks>
/// Bounded, since nobody can be told while the second level is down: the oldest become one invalidation of everything before them, which
/// forgets too much but never too little.
/// </remarks>
internal sealed class OwnInvalidations
{
    // Looked through once an interval.
    private const int Most = 4_096;

    // Many at a time, so that their order is sought seldom.
    private const int MergedAtOnce = Most / 4;

    private static readonly (InvalidationKind Kind, string Name) Everything = (InvalidationKind.All, "");

    private readonly Lock _gate = new();
    private readonly Dictionary<(InvalidationKind Kind, string Name), DateTimeOffset> _items = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _items.Count;
            }
        }
    }

    public void Add(in Invalidation invalidation)
    {
        lock (_gate)
        {
            AddLocked((invalidation.Kind, invalidation.Name), invalidation.At);
            if (_items.Count > Most)
            {
                MergeLocked();
            }
        }
    }

    /// <summary>What a log lacks; forgets what it tells and is from before a moment.</summary>
    public List<Invalidation> Untold(InvalidationLog log, DateTimeOffset settled)
    {
        lock (_gate)
        {
            var untold = new List<Invalidation>();
            foreach (var (key, at) in _items)
            {
                var own = new Invalidation(key.Kind, key.Name, at);
                if (!log.Tells(own))
                {
                    untold.Add(own);
                }
                else if (at < settled)
                {
                    _items.Remove(key);
                }
            }

            return untold;
        }
    }

    private void AddLocked((InvalidationKind Kind, string Name) key, DateTimeOffset at)
    {
        if (!_items.TryGetValue(key, out var known) || at > known)
        {
            _items[key] = at;
        }
    }

    private void MergeLocked()
    {
        var oldest = _items.Where(item => item.Key != Everything).OrderBy(item => item.Value).Take(MergedAtOnce).ToList();
        oldest.ForEach(item => _items.Remove(item.Key));
        AddLocked(Everything, oldest[^1].Value);
    }
}
