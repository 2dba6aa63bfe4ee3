using AkkaPerf.Exchanges;
using AkkaPerf.Statistics;
using Microsoft.Extensions.Caching.Memory;

namespace AkkaPerf.Caching;

/// <summary>The first level: bounded by entries and by bytes, expiring, evicting what was not asked for lately.</summary>
/// <remarks>
/// Problem: <see cref="MemoryCache"/> with a size limit refuses the new entry when full. Rule: it is only the store, unbounded; what
/// leaves is decided here by SIEVE (Zhang et al., NSDI 2024): a hit marks its entry, a hand moves from old to new, takes marks away
/// and evicts the first entry without one. A look-up is lock-free and allocates nothing; a change takes one lock, constant cost
/// amortised. Expired entries are found by look-ups and by the hand, not by scans.
/// </remarks>
/// <typeparam name="TKey">What entries are known by.</typeparam>
internal sealed class LocalCache<TKey> : IDisposable
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly MemoryCache _store;
    private readonly L1Options _options;
    private readonly TimeProvider _time;

    // The entries in the order in which they came, and the hand's place among them; guarded by the gate.
    private Slot? _oldest;
    private Slot? _newest;
    private Slot? _hand;
    private int _count;
    private long _bytes;
    private Counter _evicted;
    private Counter _expired;

    public LocalCache(L1Options options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _store = new MemoryCache(new MemoryCacheOptions { ExpirationScanFrequency = TimeSpan.MaxValue });
    }

    public int Count => Volatile.Read(ref _count);

    public long Bytes => Volatile.Read(ref _bytes);

    public long Evicted => _evicted.Value;

    public long Expired => _expired.Value;

    /// <summary>Finds an entry that is not to be dropped yet, stale or not; any thread.</summary>
    /// <param name="key">What it is known by.</param>
    /// <param name="now">The clock's timestamp.</param>
    public CacheEntry? Find(TKey key, long now)
    {
        if (!_store.TryGetValue(key, out var found))
        {
            return null;
        }

        var slot = (Slot)found!;
        if (slot.Entry.Life.ExpiresAt <= now)
        {
            RemoveExpired(slot);
            return null;
        }

        // Written only when it changes: a hot entry's line stays shared among the cores.
        if (!slot.IsVisited)
        {
            slot.IsVisited = true;
        }

        return slot.Entry;
    }

    /// <summary>Keeps an entry, in place of an older one; any thread. One that is larger than the whole cache is not kept.</summary>
    public void Set(TKey key, CacheEntry entry)
    {
        var slot = new Slot(key, entry);
        lock (_gate)
        {
            RemoveLocked(key);
            if (slot.Weight > _options.MaxBytes)
            {
                return;
            }

            while (_count >= _options.Capacity || _bytes + slot.Weight > _options.MaxBytes)
            {
                EvictLocked();
            }

            LinkLocked(slot);
            using var stored = _store.CreateEntry(key);
            stored.Value = slot;
        }
    }

    /// <summary>Forgets an entry; false if there was none. Any thread.</summary>
    public bool Remove(TKey key)
    {
        lock (_gate)
        {
            return RemoveLocked(key);
        }
    }

    /// <summary>Forgets an entry if it is still this one; false if it was not. Any thread.</summary>
    public bool Remove(TKey key, CacheEntry expected)
    {
        lock (_gate)
        {
            return _store.TryGetValue(key, out var found) && ReferenceEquals(((Slot)found!).Entry, expected) && RemoveLocked(key);
        }
    }

    public void Dispose() => _store.Dispose();

    private void RemoveExpired(Slot slot)
    {
        lock (_gate)
        {
            // Another thread may have put a fresh one in its place.
            if (slot.IsLinked)
            {
                UnlinkLocked(slot);
                _expired.Increment();
            }
        }
    }

    private bool RemoveLocked(TKey key)
    {
        if (!_store.TryGetValue(key, out var found))
        {
            return false;
        }

        UnlinkLocked((Slot)found!);
        return true;
    }

    private void EvictLocked()
    {
        var now = _time.GetTimestamp();
        var slot = _hand ?? _oldest!;
        while (slot.IsVisited && slot.Entry.Life.ExpiresAt > now)
        {
            slot.IsVisited = false;
            slot = slot.Newer ?? _oldest!;
        }

        _hand = slot;
        if (slot.Entry.Life.ExpiresAt > now)
        {
            _evicted.Increment();
        }
        else
        {
            _expired.Increment();
        }

        UnlinkLocked(slot);
    }

    private void LinkLocked(Slot slot)
    {
        slot.IsLinked = true;
        slot.Older = _newest;
        if (_newest is null)
        {
            _oldest = slot;
        }
        else
        {
            _newest.Newer = slot;
        }

        _newest = slot;
        Volatile.Write(ref _count, _count + 1);
        Volatile.Write(ref _bytes, _bytes + slot.Weight);
    }

    private void UnlinkLocked(Slot slot)
    {
        if (_hand == slot)
        {
            _hand = slot.Newer;
        }

        if (slot.Older is null)
        {
            _oldest = slot.Newer;
        }
        else
        {
            slot.Older.Newer = slot.Newer;
        }

        if (slot.Newer is null)
        {
            _newest = slot.Older;
        }
        else
        {
            slot.Newer.Older = slot.Older;
        }

        slot.IsLinked = false;
        slot.Older = slot.Newer = null;
        _store.Remove(slot.Key);
        Volatile.Write(ref _count, _count - 1);
        Volatile.Write(ref _bytes, _bytes - slot.Weight);
    }

    private sealed class Slot(TKey key, CacheEntry entry)
    {
        // What an entry costs beside its value: this object, its node, the store's entry, the key's characters.
        private const int Overhead = 300;

        private volatile bool _isVisited;

        public TKey Key { get; } = key;

        public CacheEntry Entry { get; } = entry;

        public long Weight { get; } = entry.Bytes + (key is string text ? 2L * text.Length : 0) + Overhead;

        public bool IsLinked { get; set; }

        public Slot? Older { get; set; }

        public Slot? Newer { get; set; }

        public bool IsVisited
        {
            get => _isVisited;
            set => _isVisited = value;
        }
    }
}
