using System.Diagnostics.CodeAnalysis;
using AkkaPerf.Exchanges;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;

namespace AkkaPerf.Caching.Local;

/// <summary>Finds the slots through a <see cref="MemoryCache"/> of its own that bounds, expires and scans nothing.</summary>
/// <remarks>
/// With a size limit it would refuse new entries when full, and its order of eviction sorts everything. Costs beside our own store: three
/// objects an entry, a write a hit, and a boxed key where keys are no references.
/// </remarks>
/// <typeparam name="TKey">What entries are known by.</typeparam>
internal sealed class MemoryCacheStore<TKey> : LocalStore<TKey>
    where TKey : notnull
{
    // Its entries have no lives of its own: a clock that stands saves each look-up the reading of one.
    private readonly MemoryCache _cache = new(new MemoryCacheOptions { ExpirationScanFrequency = TimeSpan.MaxValue, Clock = new StandingClock() });
    private readonly bool _keysCompareThemselves;

    public MemoryCacheStore(int slots, IEqualityComparer<TKey>? comparer)
        : base(slots, comparer) => _keysCompareThemselves = ReferenceEquals(Comparer, EqualityComparer<TKey>.Default);

    // Our own's, and the package's entry, its dictionary's node and the handle.
    public override int Overhead => 400;

    public override CacheEntry? Find(TKey key, out int slot, out int hash) =>
        Take(_cache.TryGetValue(Wrap(key), out var found), found, out slot, out hash);

    public override CacheEntry? Find(ReadOnlySpan<char> key, out int slot, out int hash) => _keysCompareThemselves
        && typeof(TKey) == typeof(string)
        ? Take(_cache.TryGetValue(key, out var found), found, out slot, out hash)
        : Find((TKey)(object)key.ToString(), out slot, out hash);

    public override int SlotOf(TKey key, int hash) => _cache.TryGetValue(Wrap(key), out var found) ? ((Handle)found!).Slot : NodeTable.None;

    public override void Add(int slot, TKey key, CacheEntry entry, int hash)
    {
        Slots[slot].Open(key, entry, hash, NodeTable.None);
        using var stored = _cache.CreateEntry(Wrap(key));
        stored.Value = new Handle(entry, slot, hash);
    }

    public override void Replace(int slot, CacheEntry entry)
    {
        Slots[slot].Entry = entry;
        ((Handle)_cache.Get(Wrap(KeyAt(slot)))!).Entry = entry;
    }

    public override void Remove(int slot, int hash)
    {
        _cache.Remove(Wrap(KeyAt(slot)));
        Slots[slot].Close();
    }

    public override void Grow(int slots) => Publish(CopySlots(slots));

    public override void Dispose()
    {
        _cache.Dispose();
        base.Dispose();
    }

    private static CacheEntry? Take(bool isFound, object? found, out int slot, out int hash)
    {
        if (isFound)
        {
            var handle = (Handle)found!;
            slot = handle.Slot;
            hash = handle.Hash;
            return handle.Entry;
        }

        slot = NodeTable.None;
        hash = 0;
        return null;
    }

    // MemoryCache knows no comparers: a key that is compared otherwise goes in together with its comparer.
    private object Wrap(TKey key) => _keysCompareThemselves ? key : new Wrapped(key, Comparer);

    private sealed class StandingClock : ISystemClock
    {
        public DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch;
    }

    private sealed class Handle(CacheEntry entry, int slot, int hash)
    {
        public readonly int Slot = slot;
        public readonly int Hash = hash;
        public volatile CacheEntry Entry = entry;
    }

    [SuppressMessage("Usage", "MA0077", Justification = "It is only ever a key among its like, seen as an object.")]
    private sealed class Wrapped(TKey key, IEqualityComparer<TKey> comparer)
    {
        private readonly TKey _key = key;

        public override bool Equals(object? obj) => obj is Wrapped other && comparer.Equals(_key, other._key);

        public override int GetHashCode() => comparer.GetHashCode(_key);
    }
}
