using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Local;

/// <summary>The store of our own for strings compared by their characters, which nearly all keys are.</summary>
/// <remarks>Found by string or by span alike; no comparer is called, and code for one type needs no look-ups of its own.</remarks>
internal sealed class StringStore : NativeStore<string>
{
    private readonly StringHash _hash;

    public StringStore(int slots, Random random)
        : base(slots, comparer: null, random) => _hash = new StringHash(random);

    public override int HashOf(string key) => _hash.Of(key);

    public override CacheEntry? Find(string key, out int slot, out int hash) => Find(key.AsSpan(), out slot, out hash);

    public override CacheEntry? Find(ReadOnlySpan<char> key, out int slot, out int hash)
    {
        hash = _hash.Of(key);
        return Walk(key, hash, out slot) ?? WalkAgain(key, hash, out slot);
    }

    public override int SlotOf(string key, int hash) => Walk(key, hash, out var slot) is null ? NodeTable.None : slot;

    private CacheEntry? WalkAgain(ReadOnlySpan<char> key, int hash, out int slot)
    {
        for (var tries = 0; ; tries++)
        {
            var removals = Removals;
            if (Walk(key, hash, out slot) is { } entry)
            {
                return entry;
            }

            if (IsUndisturbed(removals) || tries == MostTries)
            {
                return null;
            }
        }
    }

    private CacheEntry? Walk(ReadOnlySpan<char> key, int hash, out int found)
    {
        var slots = Start(hash, out var slot);
        while ((uint)slot < (uint)slots.Length)
        {
            ref var read = ref slots[slot];
            var version = Volatile.Read(ref read.Version);
            if (Slot<string>.MayBe(version, hash))
            {
                var candidate = read.Key;
                var entry = read.Entry;
                Volatile.ReadBarrier();
                if (read.Version == version && key.SequenceEqual(candidate))
                {
                    found = slot;
                    return entry;
                }
            }

            slot = read.Next;
        }

        found = NodeTable.None;
        return null;
    }
}
