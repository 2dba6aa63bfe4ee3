using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Local;

/// <summary>What look-ups read of one slot: written under the cache's lock, read without.</summary>
/// <remarks>
/// A sequence lock: the version is odd while the slot is free or changing, and never comes back while anybody could still be reading. Who
/// reads key or next must find the version unchanged afterwards. The entry alone may change under the same version: it is the same key's.
/// </remarks>
/// <typeparam name="TKey">What entries are known by.</typeparam>
internal struct Slot<TKey>
{
    // The hash's upper bits in front of the sequence: most others in the chain are passed over without a look at their keys.
    private const uint HashMask = 0xFFF00000;

    public TKey? Key;
    public CacheEntry? Entry;
    public uint Version;

    // The next slot of the chain; NodeTable.None at its end.
    public int Next;

    public static bool MayBe(uint version, int hash) => ((version ^ (uint)hash) & HashMask) == 0 && IsStable(version);

    public static bool IsStable(uint version) => (version & 1) == 0;

    /// <summary>Takes the slot out of readers' sight.</summary>
    public void Close()
    {
        Volatile.Write(ref Version, Sequence(Version, 0) | 1);
        Volatile.WriteBarrier();
        Key = default;
        Entry = null;
    }

    /// <summary>Shows readers a new entry; the slot was closed or never open.</summary>
    public void Open(TKey key, CacheEntry entry, int hash, int next)
    {
        Version |= 1;
        Volatile.WriteBarrier();
        Key = key;
        Entry = entry;
        Next = next;
        Volatile.Write(ref Version, Sequence(Version + 1, hash));
    }

    private static uint Sequence(uint version, int hash) => (version & ~HashMask) | ((uint)hash & HashMask);
}
