using System.Numerics;
using System.Runtime.CompilerServices;
using AkkaPerf.Exchanges;
using AkkaPerf.Statistics;

namespace AkkaPerf.Caching.Local;

/// <summary>The store of our own: a hash table whose chains run through the slots.</summary>
/// <remarks>
/// A look-up takes no lock, writes nothing and allocates nothing; it checks every slot's version after reading it. A slot that is emptied
/// and filled again meanwhile may lead it into another chain, so a miss counts only if nothing was removed while it was looked for. A
/// change allocates nothing unless the table grows; then slots and buckets are copied, and look-ups under way finish in the old ones.
/// </remarks>
/// <typeparam name="TKey">What entries are known by.</typeparam>
internal class NativeStore<TKey> : LocalStore<TKey>
    where TKey : notnull
{
    // Whom others disturb that often in a row may as well have come before them.
    protected const int MostTries = 16;

    private readonly uint _multiplier;
    private Table _table;

    // On a line of its own: only misses read it.
    private Counter _removals;

    public NativeStore(int slots, IEqualityComparer<TKey>? comparer, Random random)
        : base(slots, comparer)
    {
        _multiplier = (uint)random.Next() | 1;
        _table = new Table(Slots);
    }

    /// <summary>How many were removed so far.</summary>
    protected long Removals => _removals.Value;

    // The entry's object, its slot and node, its share of buckets and sketch.
    public override int Overhead => 150;

    public override CacheEntry? Find(TKey key, out int slot, out int hash)
    {
        hash = Comparer.GetHashCode(key);
        return Walk(key, hash, out slot) ?? WalkAgain(key, hash, out slot);
    }

    public override CacheEntry? Find(ReadOnlySpan<char> key, out int slot, out int hash) =>
        Find((TKey)(object)key.ToString(), out slot, out hash);

    public override int SlotOf(TKey key, int hash) => Walk(key, hash, out var slot) is null ? NodeTable.None : slot;

    public override void Add(int slot, TKey key, CacheEntry entry, int hash)
    {
        ref var bucket = ref _table.BucketOf(hash, _multiplier);
        _table.Slots[slot].Open(key, entry, hash, bucket - 1);
        Volatile.Write(ref bucket, slot + 1);
    }

    public override void Replace(int slot, CacheEntry entry) => Volatile.Write(ref _table.Slots[slot].Entry, entry);

    public override void Remove(int slot, int hash)
    {
        var slots = _table.Slots;
        ref var bucket = ref _table.BucketOf(hash, _multiplier);
        if (bucket == slot + 1)
        {
            Volatile.Write(ref bucket, slots[slot].Next + 1);
        }
        else
        {
            var before = bucket - 1;
            while (slots[before].Next != slot)
            {
                before = slots[before].Next;
            }

            Volatile.Write(ref slots[before].Next, slots[slot].Next);
        }

        _removals.IncrementAlone();
        slots[slot].Close();
    }

    public override void Grow(int slots)
    {
        var table = new Table(CopySlots(slots));
        for (var slot = 0; slot < Slots.Length; slot++)
        {
            ref var copy = ref table.Slots[slot];
            if (copy.Entry is not null)
            {
                ref var bucket = ref table.BucketOf(HashOf(copy.Key!), _multiplier);
                copy.Next = bucket - 1;
                bucket = slot + 1;
            }
        }

        Publish(table.Slots);
        Volatile.Write(ref _table, table);
    }

    /// <summary>Where a walk begins: the slots as they are now, and the first of the chain.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected Slot<TKey>[] Start(int hash, out int slot)
    {
        var table = Volatile.Read(ref _table);
        slot = Volatile.Read(ref table.BucketOf(hash, _multiplier)) - 1;
        return table.Slots;
    }

    /// <summary>Whether nothing was removed since there were so many removals: what was read before this, a walk that found nothing, counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected bool IsUndisturbed(long removals)
    {
        Volatile.ReadBarrier();
        return removals == Removals;
    }

    private CacheEntry? Walk(TKey key, int hash, out int found)
    {
        var slots = Start(hash, out var slot);
        while ((uint)slot < (uint)slots.Length)
        {
            ref var read = ref slots[slot];
            var version = Volatile.Read(ref read.Version);
            if (Slot<TKey>.MayBe(version, hash))
            {
                var candidate = read.Key;
                var entry = read.Entry;
                Volatile.ReadBarrier();
                if (read.Version == version && Comparer.Equals(candidate, key))
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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private CacheEntry? WalkAgain(TKey key, int hash, out int slot)
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

    private sealed class Table
    {
        public readonly Slot<TKey>[] Slots;

        // A chain's first slot, plus one.
        private readonly int[] _buckets;
        private readonly int _shift;

        public Table(Slot<TKey>[] slots)
        {
            Slots = slots;
            var count = BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, slots.Length));
            _buckets = new int[count];
            _shift = 32 - BitOperations.Log2(count);
        }

        // The product's upper bits: keys with regular hash codes spread too, and who chooses keys does not know how.
        public ref int BucketOf(int hash, uint multiplier) => ref _buckets[((uint)hash * multiplier) >> _shift];
    }
}
