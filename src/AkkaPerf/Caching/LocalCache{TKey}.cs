using AkkaPerf.Caching.Local;
using AkkaPerf.Exchanges;
using AkkaPerf.Statistics;

namespace AkkaPerf.Caching;

/// <summary>The first level: bounded by entries and by bytes, expiring, keeping what is asked for most.</summary>
/// <remarks>
/// A <see cref="LocalStore{TKey}"/> finds entries without a lock, an <see cref="EvictionPolicy"/> chooses who leaves, a
/// <see cref="TimerWheel"/> knows whose life is over; both are told under one lock, hits in batches from lossy buffers. Who changes
/// something or fills a buffer does what is due: there is no thread and no timer. The bounds hold at every moment, not after it.
/// </remarks>
/// <typeparam name="TKey">What entries are known by.</typeparam>
internal sealed class LocalCache<TKey> : ISlotOwner, IDisposable
    where TKey : notnull
{
    private const int ScannedAtOnce = 4096;

    // A sliding life is cut short by at most this part of it.
    private const int SlidingGrain = 256;

    // A string's object beside its characters.
    private const int StringOverhead = 22;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly long _maxBytes;
    private readonly LocalStore<TKey> _store;
    private readonly ReadBuffers _reads = new(Environment.ProcessorCount);

    // Under the gate.
    private readonly NodeTable _nodes;
    private readonly EvictionPolicy _policy;
    private readonly TimerWheel _wheel;

    // When entries with a sliding life were last found, by slot; written by whoever finds one. Nothing until there is such an entry.
    private long[]? _foundAt;

    // Copies for readers, written under the gate.
    private int _count;
    private int _end;
    private long _bytes;
    private Counter _expired;

    public LocalCache(L1Options options, TimeProvider time, IEqualityComparer<TKey>? comparer = null, Random? random = null)
    {
        random ??= Random.Shared;
        _time = time;
        _maxBytes = options.MaxBytes;
        _nodes = new NodeTable(options.Capacity);
        _store = options.Store == L1Store.Native
            ? new NativeStore<TKey>(_nodes.Length, comparer, random)
            : new MemoryCacheStore<TKey>(_nodes.Length, comparer);
        _policy = new EvictionPolicy(_nodes, this, options, random);
        _wheel = new TimerWheel(_nodes, this, time.GetTimestamp(), time.TimestampFrequency);
    }

    public int Count => Volatile.Read(ref _count);

    /// <summary>Estimated size of the entries and of what the cache itself needs for them.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many left because their place or their bytes were needed.</summary>
    public long Evicted => EvictedByCapacity + EvictedByWeight;

    public long EvictedByCapacity => _policy.EvictedByCapacity;

    public long EvictedByWeight => _policy.EvictedByWeight;

    public long Expired => _expired.Value;

    /// <summary>The window's part of the cache, 0 to 1: large where what is used again is used soon.</summary>
    public double WindowShare => _policy.WindowShare;

    /// <summary>Finds an entry that is not to be dropped yet, stale or not, and counts that as a use; any thread.</summary>
    /// <param name="key">What it is known by.</param>
    /// <param name="now">The clock's timestamp.</param>
    public CacheEntry? Find(TKey key, long now) =>
        _store.Find(key, out var slot, out var hash) is { } entry ? Use(entry, slot, hash, now) : null;

    /// <summary>The same by a string key's characters, without making a string of them.</summary>
    /// <exception cref="NotSupportedException">The keys are no strings, or their comparer compares no spans.</exception>
    public CacheEntry? Find(ReadOnlySpan<char> key, long now) =>
        _store.Find(key, out var slot, out var hash) is { } entry ? Use(entry, slot, hash, now) : null;

    /// <summary>The same without counting as a use; any thread.</summary>
    public CacheEntry? Peek(TKey key, long now) =>
        _store.Find(key, out var slot, out _) is { } entry && DeadlineOf(slot, entry) > now ? entry : null;

    /// <summary>Keeps an entry, in place of an older one; any thread. One heavier than the whole cache, or expired, is not kept.</summary>
    public void Set(TKey key, CacheEntry entry)
    {
        var hash = _store.HashOf(key);
        var weight = WeightOf(key, entry);
        var now = _time.GetTimestamp();
        lock (_gate)
        {
            Maintain(now);
            var slot = _store.SlotOf(key, hash);
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

            Publish();
        }
    }

    /// <summary>Forgets an entry; false if there was none. Any thread.</summary>
    public bool Remove(TKey key) => RemoveIf(key, expected: null);

    /// <summary>Forgets an entry if it is still this one; false if it was not. Any thread.</summary>
    public bool Remove(TKey key, CacheEntry expected) => RemoveIf(key, expected);

    /// <summary>Forgets everything, and what was learnt from it; any thread.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            for (var slot = 0; slot < _nodes.End; slot++)
            {
                if (_nodes.Nodes[slot].Queue != QueueKind.None)
                {
                    Drop(slot);
                }
            }

            _reads.Clear();
            _policy.Reset();
            Publish();
        }
    }

    /// <summary>Forgets what the predicate names, and says how many; any thread. What comes meanwhile may be overlooked.</summary>
    /// <remarks>The predicate runs outside the lock, over every entry.</remarks>
    public int RemoveWhere(Func<TKey, CacheEntry, bool> predicate)
    {
        var removed = 0;
        for (var slot = 0; slot < Volatile.Read(ref _end); slot++)
        {
            if (_store.TryRead(slot, out var key, out var entry) && predicate(key, entry) && Remove(key, entry))
            {
                removed++;
            }
        }

        return removed;
    }

    /// <summary>The keys most asked for, first those that are lately; any thread. Looks at every entry.</summary>
    public IReadOnlyList<KeyHits<TKey>> Hottest(int count)
    {
        var hottest = new PriorityQueue<KeyHits<TKey>, (int Frequency, long Hits)>();
        for (var slot = 0; slot < Volatile.Read(ref _end);)
        {
            // The others come in between: a large cache has millions.
            lock (_gate)
            {
                Maintain(_time.GetTimestamp());
                for (var end = Math.Min(slot + ScannedAtOnce, _nodes.End); slot < end; slot++)
                {
                    ref var node = ref _nodes.Nodes[slot];
                    if (node.Queue != QueueKind.None)
                    {
                        hottest.Enqueue(new KeyHits<TKey>(_store.KeyAt(slot), node.Hits), (_policy.FrequencyOf(node.Hash), node.Hits));
                    }

                    if (hottest.Count > count)
                    {
                        hottest.Dequeue();
                    }
                }
            }
        }

        var result = new KeyHits<TKey>[hottest.Count];
        for (var i = result.Length - 1; i >= 0; i--)
        {
            result[i] = hottest.Dequeue();
        }

        return result;
    }

    public void Dispose() => _store.Dispose();

    long ISlotOwner.DeadlineOf(int slot) => DeadlineOf(slot, _store.EntryAt(slot));

    long ISlotOwner.WeightOf(int slot) => WeightAt(slot);

    void ISlotOwner.Expire(int slot)
    {
        Drop(slot);
        _expired.Increment();
    }

    void ISlotOwner.Evict(int slot) => Drop(slot);

    private CacheEntry? Use(CacheEntry entry, int slot, int hash, long now)
    {
        ref readonly var life = ref entry.Life;
        if (life.ExpiresAt <= now || (life.Sliding > 0 && !Extend(slot, life.Sliding, now)))
        {
            RemoveExpired(slot, entry, now);
            return null;
        }

        if (_reads.Record(slot, hash) && _gate.TryEnter())
        {
            try
            {
                MaintainAll(now);
                Publish();
            }
            finally
            {
                _gate.Exit();
            }
        }

        return entry;
    }

    // Written only if it moved by a part of the life that nobody misses: a hot entry's line stays shared among the cores.
    private bool Extend(int slot, long sliding, long now)
    {
        ref var foundAt = ref Volatile.Read(ref _foundAt)![slot];
        var unused = now - Volatile.Read(ref foundAt);
        if (unused >= sliding)
        {
            return false;
        }

        if (unused > sliding / SlidingGrain)
        {
            Volatile.Write(ref foundAt, now);
        }

        return true;
    }

    private void RemoveExpired(int slot, CacheEntry entry, long now)
    {
        // If somebody else is at work, the wheel will find it.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            if (slot < _nodes.End && ReferenceEquals(_store.EntryAt(slot), entry) && DeadlineOf(slot, entry) <= now)
            {
                ((ISlotOwner)this).Expire(slot);
                Publish();
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    private bool RemoveIf(TKey key, CacheEntry? expected)
    {
        var hash = _store.HashOf(key);
        lock (_gate)
        {
            var slot = _store.SlotOf(key, hash);
            if (slot == NodeTable.None || (expected is not null && !ReferenceEquals(_store.EntryAt(slot), expected)))
            {
                return false;
            }

            Drop(slot);
            Publish();
            return true;
        }
    }

    private void Add(TKey key, CacheEntry entry, int hash, long weight, long now)
    {
        _policy.MakeRoom(entries: 1, weight);
        if (_nodes.IsExhausted)
        {
            _nodes.Grow();
            _store.Grow(_nodes.Length);
            _policy.OnGrown();
        }

        var slot = _nodes.Take(hash);
        StartLife(slot, entry, now);
        _store.Add(slot, key, entry, hash);
        _policy.Add(slot, hash, weight);
        _wheel.Schedule(slot, DeadlineOf(slot, entry));
    }

    private void Replace(int slot, CacheEntry entry, long weight, long now)
    {
        var more = weight - WeightAt(slot);
        if (_policy.Bytes + more > _maxBytes)
        {
            _policy.Shelter(slot);
            _policy.MakeRoom(entries: 0, more);
        }

        StartLife(slot, entry, now);
        _store.Replace(slot, entry);
        _policy.OnReplaced(slot, more);
        _wheel.Cancel(slot);
        _wheel.Schedule(slot, DeadlineOf(slot, entry));
    }

    private void Drop(int slot)
    {
        _policy.Remove(slot, WeightAt(slot));
        _wheel.Cancel(slot);
        _store.Remove(slot, _nodes.Nodes[slot].Hash);
        _nodes.Give(slot);
    }

    private void StartLife(int slot, CacheEntry entry, long now)
    {
        if (entry.Life.Sliding <= 0)
        {
            return;
        }

        if (_foundAt is null || _foundAt.Length <= slot)
        {
            var longer = new long[_nodes.Length];
            _foundAt?.CopyTo(longer, 0);
            Volatile.Write(ref _foundAt, longer);
        }

        Volatile.Write(ref _foundAt[slot], now);
    }

    private long DeadlineOf(int slot, CacheEntry entry)
    {
        ref readonly var life = ref entry.Life;
        if (life.Sliding <= 0)
        {
            return life.ExpiresAt;
        }

        var foundAt = Volatile.Read(ref Volatile.Read(ref _foundAt)![slot]);
        return life.Sliding > long.MaxValue - foundAt ? life.ExpiresAt : Math.Min(life.ExpiresAt, foundAt + life.Sliding);
    }

    private long WeightAt(int slot) => WeightOf(_store.KeyAt(slot), _store.EntryAt(slot));

    private long WeightOf(TKey key, CacheEntry entry) =>
        Math.Max(0, entry.Bytes) + _store.Overhead + (key is string text ? StringOverhead + (2L * text.Length) : 0);

    // What is due, and what this thread found lately: alone, a thread sees the policy know all that it did.
    private void Maintain(long now)
    {
        _reads.Drain(_reads.Own, _policy);
        _wheel.Advance(now);
        _policy.Maintain();
    }

    private void MaintainAll(long now)
    {
        for (var number = 0; number < _reads.Count; number++)
        {
            _reads.Drain(number, _policy);
        }

        _wheel.Advance(now);
        _policy.Maintain();
    }

    private void Publish()
    {
        Volatile.Write(ref _count, _policy.Count);
        Volatile.Write(ref _bytes, _policy.Bytes);
        Volatile.Write(ref _end, _nodes.End);
    }
}
