using AkkaPerf.Exchanges;
using AkkaPerf.Statistics;

namespace AkkaPerf.Caching.Local;

/// <summary>The entries of a first level with all that is known about them; whatever changes something, under the cache's lock.</summary>
/// <typeparam name="TKey">What entries are known by.</typeparam>
internal sealed class EntryTable<TKey> : ISlotOwner
    where TKey : notnull
{
    // A string's object beside its characters.
    private const int StringOverhead = 22;

    private readonly long _maxBytes;
    private readonly TimerWheel _wheel;
    private readonly SlidingLives _lives = new();

    // Copies for readers.
    private int _count;
    private int _end;
    private long _bytes;
    private Counter _expired;

    public EntryTable(L1Options options, TimeProvider time, IEqualityComparer<TKey>? comparer, Random random)
    {
        _maxBytes = options.MaxBytes;
        Nodes = new NodeTable(options.Capacity);
        // First, so that from the same seed it decides the same whatever the store.
        Policy = new EvictionPolicy(Nodes, this, options, random);
        Store = CreateStore(options.Store, Nodes.Length, comparer, random);
        _wheel = new TimerWheel(Nodes, this, time.GetTimestamp(), time.TimestampFrequency);
    }

    public LocalStore<TKey> Store { get; }

    public NodeTable Nodes { get; }

    public EvictionPolicy Policy { get; }

    /// <summary>How many there are; any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Every entry's slot is below it; any thread.</summary>
    public int End => Volatile.Read(ref _end);

    /// <summary>What they weigh; any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many were dropped because their lives were over; any thread.</summary>
    public long Expired => _expired.Value;

    /// <summary>Whether an entry may still be answered with; if so, it counts as found now. Any thread.</summary>
    public bool TryExtend(int slot, CacheEntry entry, long now) =>
        entry.Life.ExpiresAt > now && (entry.Sliding <= 0 || _lives.TryExtend(slot, entry, now));

    /// <summary>When the slot's entry, which it was found to be, is to be dropped, as of now; any thread.</summary>
    public long DeadlineOf(int slot, CacheEntry entry) => _lives.DeadlineOf(slot, entry);

    long ISlotOwner.DeadlineOf(int slot) => DeadlineOf(slot, Store.EntryAt(slot));

    void ISlotOwner.Evict(int slot) => Drop(slot);

    public void Expire(int slot)
    {
        Drop(slot);
        _expired.Increment();
    }

    /// <summary>Drops what is due, and lets the policy do what is.</summary>
    public void Maintain(long now)
    {
        _wheel.Advance(now);
        Policy.Maintain();
    }

    /// <summary>Keeps an entry in place of an older one; one heavier than all may be, or expired, only takes that away.</summary>
    public void Set(TKey key, CacheEntry entry, int hash, long now)
    {
        var weight = WeightOf(key, entry);
        var slot = Store.SlotOf(key, hash);
        if (weight > _maxBytes || entry.Life.ExpiresAt <= now)
        {
            if (slot != NodeTable.None)
            {
                Drop(slot);
            }
        }
        else if (slot == NodeTable.None)
        {
            Add(key, entry, hash, weight, now);
        }
        else
        {
            Replace(slot, entry, weight, now);
        }
    }

    /// <summary>Empties a slot.</summary>
    public void Drop(int slot)
    {
        Policy.Remove(slot);
        _wheel.Cancel(slot);
        Store.Remove(slot, Nodes.Nodes[slot].Hash);
        Nodes.Give(slot);
    }

    /// <summary>Empties all, and forgets what was learnt.</summary>
    public void Clear()
    {
        for (var slot = 0; slot < Nodes.End; slot++)
        {
            if (Nodes.Nodes[slot].Queue != QueueKind.None)
            {
                Drop(slot);
            }
        }

        Policy.Reset();
    }

    /// <summary>Shows readers how much there is; after every change.</summary>
    public void Publish()
    {
        Volatile.Write(ref _count, Policy.Count);
        Volatile.Write(ref _bytes, Policy.Bytes);
        Volatile.Write(ref _end, Nodes.End);
    }

    /// <summary>What an entry with its key weighs, in bytes.</summary>
    internal long WeightOf(TKey key, CacheEntry entry) =>
        Math.Clamp(entry.Bytes, 0, long.MaxValue / 2) + Store.Overhead + (key is string text ? StringOverhead + (2L * text.Length) : 0);

    private static LocalStore<TKey> CreateStore(L1Store kind, int slots, IEqualityComparer<TKey>? comparer, Random random)
    {
        if (kind == L1Store.MemoryCache)
        {
            return new MemoryCacheStore<TKey>(slots, comparer);
        }

        var isPlainString = typeof(TKey) == typeof(string)
            && (comparer is null || ReferenceEquals(comparer, EqualityComparer<TKey>.Default) || ReferenceEquals(comparer, StringComparer.Ordinal));
        return isPlainString ? (LocalStore<TKey>)(object)new StringStore(slots, random) : new NativeStore<TKey>(slots, comparer, random);
    }

    private void Add(TKey key, CacheEntry entry, int hash, long weight, long now)
    {
        Policy.MakeRoom(entries: 1, weight);
        if (Nodes.IsExhausted)
        {
            Nodes.Grow();
            Store.Grow(Nodes.Length);
            Policy.OnGrown();
        }

        var slot = Nodes.Take(hash, weight);
        _lives.Start(slot, Nodes.Length, entry, now);
        Store.Add(slot, key, entry, hash);
        Policy.Add(slot, hash, weight);
        _wheel.Schedule(slot, DeadlineOf(slot, entry));
    }

    private void Replace(int slot, CacheEntry entry, long weight, long now)
    {
        var more = weight - Nodes.Nodes[slot].Weight;
        if (Policy.Bytes + more > _maxBytes)
        {
            Policy.Shelter(slot);
            Policy.MakeRoom(entries: 0, more);
        }

        _lives.Start(slot, Nodes.Length, entry, now);
        Nodes.Nodes[slot].Weight = weight;
        Store.Replace(slot, entry);
        Policy.OnReplaced(slot, more);
        _wheel.Cancel(slot);
        _wheel.Schedule(slot, DeadlineOf(slot, entry));
    }
}
