using System.Collections.Concurrent;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>The loads in flight, by key. Any thread may begin one and ask whether a key can be joined; joined and replaced they are by the caching stage.</summary>
internal sealed class LoadTable
{
    private readonly ConcurrentDictionary<string, Exchange> _loads = new(StringComparer.Ordinal);

    // Those that nobody waits for any more: what they bring is kept, but not in place of what was loaded since.
    private readonly ConcurrentDictionary<string, Exchange> _letGo = new(StringComparer.Ordinal);
    private int _letGoCount;
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

    /// <summary>Begins a load; false if there is one.</summary>
    public bool TryAdd(Exchange load)
    {
        if (!_loads.TryAdd(load.Key!, load))
        {
            return false;
        }

        if (Volatile.Read(ref _letGoCount) > 0 && _letGo.TryRemove(load.Key!, out var older))
        {
            Interlocked.Decrement(ref _letGoCount);
            older.Overtake();
        }

        return true;
    }

    /// <summary>Begins a load in place of one that could not go on; false if another has begun.</summary>
    public bool TryReplace(Exchange gone, Exchange load) => _loads.TryUpdate(load.Key!, load, gone) || TryAdd(load);

    /// <summary>Takes a load out if it is still this key's; false if it has been detached before.</summary>
    public bool Remove(Exchange load) => load.Key is { } key && Remove(key, load);

    /// <summary>The same for one that may have ended meanwhile, and be another's.</summary>
    public bool Remove(string key, Exchange load) => _loads.TryRemove(new KeyValuePair<string, Exchange>(key, load));

    /// <summary>Takes a load out that nobody waits for any more, and that may go on: the next of its key overtakes it. The caching stage only.</summary>
    public void LetGo(Exchange load)
    {
        // First known as such, then out: whoever begins the next one finds it.
        if (_loads.GetValueOrDefault(load.Key!) == load && _letGo.TryAdd(load.Key!, load))
        {
            Interlocked.Increment(ref _letGoCount);
        }

        Remove(load);
    }

    /// <summary>One that was let go has ended.</summary>
    public void EndLetGo(Exchange load)
    {
        if (Volatile.Read(ref _letGoCount) > 0 && _letGo.TryRemove(new KeyValuePair<string, Exchange>(load.Key!, load)))
        {
            Interlocked.Decrement(ref _letGoCount);
        }
    }

    /// <summary>Takes a load out that goes on, and is not stored: whatever is not its key's load is not once this was counted.</summary>
    public void Displace(string key, Exchange load)
    {
        Interlocked.Increment(ref _overtakings);
        Remove(key, load);
    }

    /// <summary>The key was set or removed: what is on its way to it is not stored. Any thread.</summary>
    public void Overtake(string key)
    {
        Interlocked.Increment(ref _overtakings);
        _loads.GetValueOrDefault(key)?.Overtake();
    }

    /// <summary>Takes all out, which are not stored from then on if they go on.</summary>
    public IReadOnlyCollection<Exchange> TakeAll()
    {
        Interlocked.Increment(ref _overtakings);
        var all = _loads.Values.ToArray();
        _loads.Clear();
        return all;
    }
}
