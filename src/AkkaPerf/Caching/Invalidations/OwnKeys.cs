namespace AkkaPerf.Caching.Invalidations;

/// <summary>The single keys that this process changed, until they have stood in the log for a while. Any thread.</summary>
/// <remarks>Bounded, since nobody can be told while the second level is down: of the oldest only the last moment is known.</remarks>
internal sealed class OwnKeys
{
    private const int Most = 4_096;

    // Many at a time, so that their order is sought seldom.
    private const int LeftOutAtOnce = Most / 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _items = new(StringComparer.Ordinal);
    private DateTimeOffset _floor = DateTimeOffset.MinValue;
    private bool _hasNews;

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

    /// <summary>Whether something was added since it was last asked what is untold.</summary>
    public bool HasNews
    {
        get
        {
            lock (_gate)
            {
                return _hasNews;
            }
        }
    }

    public void Add(string name, DateTimeOffset at)
    {
        lock (_gate)
        {
            _hasNews = true;
            _items[name] = at;
            if (_items.Count > Most)
            {
                foreach (var (oldest, moment) in _items.OrderBy(item => item.Value).Take(LeftOutAtOnce).ToList())
                {
                    _items.Remove(oldest);
                    _floor = moment > _floor ? moment : _floor;
                }
            }
        }
    }

    /// <summary>What a log lacks, and up to when more is left out of that; forgets what it tells and is from before a moment.</summary>
    public (List<KeyValuePair<string, DateTimeOffset>> Items, DateTimeOffset Floor) Untold(KeyLog log, DateTimeOffset settled)
    {
        lock (_gate)
        {
            _hasNews = false;
            var untold = new List<KeyValuePair<string, DateTimeOffset>>();
            foreach (var own in _items)
            {
                if (!log.Tells(own.Key, own.Value))
                {
                    untold.Add(own);
                }
                else if (own.Value < settled)
                {
                    _items.Remove(own.Key);
                }
            }

            return (untold, _floor);
        }
    }
}
