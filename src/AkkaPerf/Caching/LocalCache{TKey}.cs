using AkkaPerf.Caching.Local;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>The first level: bounded by entries and by bytes, expiring, keeping what is asked for most.</summary>
/// <remarks>
/// A <see cref="LocalStore{TKey}"/> finds entries without a lock, an <see cref="EvictionPolicy"/> chooses who leaves, a
/// <see cref="TimerWheel"/> knows whose life is over; both are told under one lock, hits in batches from lossy buffers. Who changes
/// something or fills a buffer does what is due: there is no thread and no timer. The bounds hold at every moment: who comes waits
/// until the others have left.
/// </remarks>
/// <typeparam name="TKey">What entries are known by.</typeparam>
internal sealed class LocalCache<TKey> : IDisposable
    where TKey : notnull
{
    // The others come in between: a large cache has millions.
    private const int ScannedAtOnce = 4096;

    // Some microseconds.
    private static readonly int Spins = Environment.ProcessorCount > 1 ? 50 : 0;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly CoarseClock _clock;
    private readonly EntryTable<TKey> _entries;
    private readonly LocalStore<TKey> _store;
    private readonly ReadBuffers _reads = new(Environment.ProcessorCount);

    /// <summary>Makes an empty cache.</summary>
    /// <param name="options">Its bounds.</param>
    /// <param name="time">The clock of its entries' lives.</param>
    /// <param name="comparer">Which keys are the same; null for their own opinion.</param>
    /// <param name="random">Seeds what must not be foreseen; null for the process's.</param>
    public LocalCache(L1Options options, TimeProvider time, IEqualityComparer<TKey>? comparer = null, Random? random = null)
    {
        _time = time;
        _clock = new CoarseClock(time);
        _entries = new EntryTable<TKey>(options, time, comparer, random ?? Random.Shared);
        _store = _entries.Store;
    }

    /// <summary>What is inside, for whoever checks that it adds up.</summary>
    internal EntryTable<TKey> Entries => _entries;

    public int Count => _entries.Count;

    /// <summary>Estimated size of the entries, their keys and what the cache itself needs for them.</summary>
    public long Bytes => _entries.Bytes;

    /// <summary>How many left because their place or their bytes were needed.</summary>
    public long Evicted => EvictedByCapacity + EvictedByWeight;

    public long EvictedByCapacity => _entries.Policy.EvictedByCapacity;

    public long EvictedByWeight => _entries.Policy.EvictedByWeight;

    public long Expired => _entries.Expired;

    /// <summary>The window's part of the cache, 0 to 1: large where what is used again is used soon.</summary>
    public double WindowShare => _entries.Policy.WindowShare;

    /// <summary>Finds an entry that is not to be dropped yet, stale or not, and counts that as a use; any thread.</summary>
    /// <param name="key">What it is known by.</param>
    /// <param name="now">The clock's timestamp.</param>
    public CacheEntry? Find(TKey key, long now) =>
        _store.Find(key, out var slot, out var hash) is { } entry ? Use(entry, slot, hash, now) : null;

    /// <summary>The same, asking the clock itself, and precisely only if that can make a difference.</summary>
    /// <param name="key">What it is known by.</param>
    /// <param name="now">A timestamp at which the entry is as fresh or stale as it is now.</param>
    public CacheEntry? Find(TKey key, out long now)
    {
        now = _clock.LatestNow();
        if (_store.Find(key, out var slot, out var hash) is not { } entry)
        {
            return null;
        }

        ref readonly var life = ref entry.Life;
        if (now >= life.RefreshAt || now >= life.FreshUntil || entry.Sliding > 0)
        {
            now = _time.GetTimestamp();
        }

        return Use(entry, slot, hash, now);
    }

    /// <summary>The same by a string key's characters, without making a string of them (unless a comparer is in the way).</summary>
    /// <exception cref="InvalidCastException">The keys are no strings.</exception>
    public CacheEntry? Find(ReadOnlySpan<char> key, long now) =>
        _store.Find(key, out var slot, out var hash) is { } entry ? Use(entry, slot, hash, now) : null;

    /// <summary>The same without counting as a use; any thread.</summary>
    public CacheEntry? Peek(TKey key, long now) =>
        _store.Find(key, out var slot, out _) is { } entry && _entries.DeadlineOf(slot, entry) > now ? entry : null;

    /// <summary>Keeps an entry, in place of an older one; any thread. One heavier than the whole cache, or expired, is not kept.</summary>
    public void Set(TKey key, CacheEntry entry) => Set(key, entry, unless: null);

    /// <summary>The same, unless what brought the entry has been overtaken: who changes the key says so first, and waits here for nothing but this lock.</summary>
    public void Set(TKey key, CacheEntry entry, IOvertakable? unless) => Set(key, entry, unless, _time.GetTimestamp());

    /// <summary>The same by who knows what time it is.</summary>
    public void Set(TKey key, CacheEntry entry, IOvertakable? unless, long now)
    {
        var hash = _store.HashOf(key);
        Enter();
        try
        {
            if (unless?.IsOvertaken == true)
            {
                return;
            }

            Maintain(now);
            _entries.Set(key, entry, hash, now);
            _entries.Publish();
        }
        finally
        {
            _gate.Exit();
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
            _reads.Clear();
            _entries.Clear();
            _entries.Publish();
        }
    }

    /// <summary>Forgets what the predicate names, and says how many; any thread. What comes meanwhile may be overlooked.</summary>
    /// <remarks>The predicate runs outside the lock, over every entry.</remarks>
    public int RemoveWhere(Func<TKey, CacheEntry, bool> predicate)
    {
        var removed = 0;
        for (var slot = 0; slot < _entries.End; slot++)
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
        for (var slot = 0; slot < _entries.End; slot += ScannedAtOnce)
        {
            lock (_gate)
            {
                MaintainAll(_time.GetTimestamp());
                _entries.Publish();
                for (var i = slot; i < Math.Min(slot + ScannedAtOnce, _entries.End); i++)
                {
                    Rank(i, count, hottest);
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

    // Whoever keeps an entry is out again within a microsecond: sooner than the system could put this thread to sleep, or let another run. Who
    // takes longer, as a scan, is waited for as by anybody.
    private void Enter()
    {
        if (_gate.TryEnter())
        {
            return;
        }

        for (var spins = 0; spins < Spins; spins++)
        {
            Thread.SpinWait(1);
            if (_gate.TryEnter())
            {
                return;
            }
        }

        _gate.Enter();
    }

    private void Rank(int slot, int count, PriorityQueue<KeyHits<TKey>, (int Frequency, long Hits)> hottest)
    {
        ref var node = ref _entries.Nodes.Nodes[slot];
        if (node.Queue == QueueKind.None)
        {
            return;
        }

        hottest.Enqueue(new KeyHits<TKey>(_store.KeyAt(slot), node.Hits), (_entries.Policy.FrequencyOf(node.Hash), node.Hits));
        if (hottest.Count > count)
        {
            hottest.Dequeue();
        }
    }

    private CacheEntry? Use(CacheEntry entry, int slot, int hash, long now)
    {
        if (!_entries.TryExtend(slot, entry, now))
        {
            RemoveExpired(slot, entry, now);
            return null;
        }

        if (_reads.Record(slot, hash))
        {
            TryMaintainAll(now);
        }

        return entry;
    }

    // If somebody else is at work, that one or the next will do it: nobody waits for maintenance.
    private void TryMaintainAll(long now)
    {
        if (_gate.TryEnter())
        {
            try
            {
                MaintainAll(now);
                _entries.Publish();
            }
            finally
            {
                _gate.Exit();
            }
        }
    }

    // If somebody else is at work, the wheel will find it.
    private void RemoveExpired(int slot, CacheEntry entry, long now)
    {
        if (_gate.TryEnter())
        {
            try
            {
                if (ReferenceEquals(_store.EntryAt(slot), entry) && _entries.DeadlineOf(slot, entry) <= now)
                {
                    _entries.Expire(slot);
                    _entries.Publish();
                }
            }
            finally
            {
                _gate.Exit();
            }
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

            _entries.Drop(slot);
            _entries.Publish();
            return true;
        }
    }

    // What is due, and what this thread found lately: alone, a thread sees the policy know all that it did.
    private void Maintain(long now)
    {
        _reads.Drain(_reads.Own, _entries.Policy);
        _entries.Maintain(now);
    }

    private void MaintainAll(long now)
    {
        for (var number = 0; number < _reads.Count; number++)
        {
            _reads.Drain(number, _entries.Policy);
        }

        _entries.Maintain(now);
    }
}
