using System.Collections.Concurrent;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>The loads in flight, by key. Changed by the caching stage, but for keys that are set or removed; any thread may ask whether a key can be joined.</summary>
internal sealed class LoadTable
{
    private readonly ConcurrentDictionary<string, Exchange> _loads = new(StringComparer.Ordinal);
    private int _joiners;
    private int _overtakings;

    public LoadTable(int maxJoiners) => MaxJoiners = maxJoiners;

    public int MaxJoiners { get; }

    public int Count => _loads.Count;

    /// <summary>Exchanges that wait for a load somebody else asked for.</summary>
    public int Joiners
    {
        get => Volatile.Read(ref _joiners);
        set => Volatile.Write(ref _joiners, value);
    }

    /// <summary>Counts one more of them; false if there are too many. Any thread, in a pipeline whose policy keeps by itself.</summary>
    public bool TryJoin()
    {
        if (Interlocked.Increment(ref _joiners) <= MaxJoiners)
        {
            return true;
        }

        Interlocked.Decrement(ref _joiners);
        return false;
    }

    /// <summary>One of them waits no more.</summary>
    public void Leave() => Interlocked.Decrement(ref _joiners);

    /// <summary>How often a key was set or removed; who is no load looks here whether it may have been overtaken. Any thread.</summary>
    public int Overtakings => Volatile.Read(ref _overtakings);

    public bool CanJoin(string key) => _loads.ContainsKey(key);

    public Exchange? Find(string key) => _loads.GetValueOrDefault(key);

    public void Add(string key, Exchange load) => _loads[key] = load;

    /// <summary>Takes a load out if it is still this key's; false if it has been detached before.</summary>
    public bool Remove(Exchange load) => _loads.TryRemove(new KeyValuePair<string, Exchange>(load.Key!, load));

    /// <summary>The key was set or removed: what is on its way to it is not stored. Any thread.</summary>
    public void Overtake(string key)
    {
        Interlocked.Increment(ref _overtakings);
        _loads.GetValueOrDefault(key)?.Overtake();
    }

    public IReadOnlyCollection<Exchange> TakeAll()
    {
        var all = _loads.Values.ToArray();
        _loads.Clear();
        if (all.Length > 0)
        {
            // Without loads here those who wait, if any, wait for those of a policy that keeps by itself, and leave by themselves.
            Joiners = 0;
        }

        return all;
    }
}
