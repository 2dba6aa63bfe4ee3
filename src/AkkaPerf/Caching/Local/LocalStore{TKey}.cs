using System.Diagnostics.CodeAnalysis;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Local;

/// <summary>Keeps the entries of a first level in numbered slots and finds them by key; what stays is not its business.</summary>
/// <remarks>Look-ups and scans from any thread without a lock, everything else under the cache's lock.</remarks>
/// <typeparam name="TKey">What entries are known by.</typeparam>
internal abstract class LocalStore<TKey> : IDisposable
    where TKey : notnull
{
    private readonly IAlternateEqualityComparer<ReadOnlySpan<char>, string>? _spans;
    private Slot<TKey>[] _slots;

    protected LocalStore(int slots, IEqualityComparer<TKey>? comparer)
    {
        Comparer = comparer ?? EqualityComparer<TKey>.Default;
        _spans = typeof(TKey) != typeof(string) ? null : Comparer as IAlternateEqualityComparer<ReadOnlySpan<char>, string>;
        _slots = new Slot<TKey>[slots];
    }

    /// <summary>Estimate of what an entry costs beside its key and its value.</summary>
    public abstract int Overhead { get; }

    protected IEqualityComparer<TKey> Comparer { get; }

    /// <summary>Finds string keys by their characters.</summary>
    /// <exception cref="NotSupportedException">The keys are no strings, or their comparer compares no spans.</exception>
    protected IAlternateEqualityComparer<ReadOnlySpan<char>, string> Spans => _spans
        ?? throw new NotSupportedException($"Keys of type {typeof(TKey)} with this comparer cannot be found by characters.");

    /// <summary>Replaced when it grows: what was found in an older one was true when the look-up began.</summary>
    protected Slot<TKey>[] Slots => Volatile.Read(ref _slots);

    public int HashOf(TKey key) => Comparer.GetHashCode(key);

    /// <summary>Finds an entry, expired or not; any thread.</summary>
    public abstract CacheEntry? Find(TKey key, out int slot, out int hash);

    /// <summary>Finds an entry by its string key's characters; any thread.</summary>
    public abstract CacheEntry? Find(ReadOnlySpan<char> key, out int slot, out int hash);

    /// <summary>The key's slot, <see cref="NodeTable.None"/> if there is none.</summary>
    public abstract int SlotOf(TKey key, int hash);

    /// <summary>Fills a free slot.</summary>
    public abstract void Add(int slot, TKey key, CacheEntry entry, int hash);

    /// <summary>Puts another entry in place of the slot's.</summary>
    public abstract void Replace(int slot, CacheEntry entry);

    /// <summary>Empties a slot.</summary>
    public abstract void Remove(int slot, int hash);

    /// <summary>Makes room for so many slots.</summary>
    public abstract void Grow(int slots);

    public CacheEntry EntryAt(int slot) => _slots[slot].Entry!;

    public TKey KeyAt(int slot) => _slots[slot].Key!;

    /// <summary>Reads a slot that may be free or change meanwhile; any thread.</summary>
    public bool TryRead(int slot, [MaybeNullWhen(false)] out TKey key, [MaybeNullWhen(false)] out CacheEntry entry)
    {
        var slots = Slots;
        key = default;
        entry = null;
        if ((uint)slot >= (uint)slots.Length)
        {
            return false;
        }

        ref var read = ref slots[slot];
        var version = Volatile.Read(ref read.Version);
        key = read.Key;
        entry = read.Entry;
        Volatile.ReadBarrier();
        return Slot<TKey>.IsStable(version) && entry is not null && read.Version == version;
    }

    public virtual void Dispose()
    {
    }

    /// <summary>Copies the slots to a larger array, which readers see once the caller has published what belongs to it.</summary>
    protected Slot<TKey>[] CopySlots(int slots)
    {
        var copy = new Slot<TKey>[slots];
        _slots.CopyTo(copy, 0);
        return copy;
    }

    protected void Publish(Slot<TKey>[] slots) => Volatile.Write(ref _slots, slots);
}
