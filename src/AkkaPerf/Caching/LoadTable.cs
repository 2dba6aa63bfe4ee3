using System.Collections.Concurrent;
using AkkaPerf.Exchanges;
using AkkaPerf.Statistics;

namespace AkkaPerf.Caching;

/// <summary>The loads in flight, by key. Changed by the caching stage alone; any thread may ask whether a key can be joined.</summary>
internal sealed class LoadTable
{
    private readonly ConcurrentDictionary<string, Exchange> _loads = new(StringComparer.Ordinal);
    private Counter _joined;
    private int _joiners;

    public LoadTable(int maxJoiners) => MaxJoiners = maxJoiners;

    public int MaxJoiners { get; }

    public int Count => _loads.Count;

    /// <summary>Exchanges that wait for a load somebody else asked for.</summary>
    public int Joiners
    {
        get => Volatile.Read(ref _joiners);
        set => Volatile.Write(ref _joiners, value);
    }

    /// <summary>How many have ever joined.</summary>
    public long Joined => _joined.Value;

    public bool CanJoin(string key) => _loads.ContainsKey(key);

    public Exchange? Find(string key) => _loads.GetValueOrDefault(key);

    public void Add(string key, Exchange load) => _loads[key] = load;

    /// <summary>Takes a load out if it is still this key's; false if it has been detached before.</summary>
    public bool Remove(Exchange load) => _loads.TryRemove(new KeyValuePair<string, Exchange>(load.Key!, load));

    public void CountJoined() => _joined.Increment();

    public IReadOnlyCollection<Exchange> TakeAll()
    {
        var all = _loads.Values.ToArray();
        _loads.Clear();
        Joiners = 0;
        return all;
    }
}
