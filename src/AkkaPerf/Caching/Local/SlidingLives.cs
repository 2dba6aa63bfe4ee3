using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Local;

/// <summary>When the entries with a sliding life were last found.</summary>
/// <remarks>
/// An array by slot that exists only once there is such an entry: the others do not pay for it. Written without the lock by whoever finds
/// an entry; who does so just when the slot becomes another entry's, or the array grows, may prolong the one or be forgotten by the other.
/// </remarks>
internal sealed class SlidingLives
{
    // A life is cut short by at most this part of it, so that a hot entry's line stays shared among the cores.
    private const int Grain = 256;

    private long[]? _foundAt;

    /// <summary>Whether the life goes on; if so, it was found now. Any thread.</summary>
    public bool TryExtend(int slot, CacheEntry entry, long now)
    {
        ref var foundAt = ref Volatile.Read(ref _foundAt)![slot];
        var sliding = entry.Sliding;
        var unused = now - Volatile.Read(ref foundAt);
        if (unused >= sliding)
        {
            return false;
        }

        if (unused > sliding / Grain)
        {
            Volatile.Write(ref foundAt, now);
        }

        return true;
    }

    /// <summary>When an entry is to be dropped, as of now; any thread.</summary>
    public long DeadlineOf(int slot, CacheEntry entry)
    {
        var (sliding, end) = (entry.Sliding, entry.Life.ExpiresAt);
        if (sliding <= 0)
        {
            return end;
        }

        var foundAt = Volatile.Read(ref Volatile.Read(ref _foundAt)![slot]);
        return sliding > long.MaxValue - foundAt ? end : Math.Min(end, foundAt + sliding);
    }

    /// <summary>A life begins in one of so many slots; under the cache's lock, before readers can see the entry.</summary>
    public void Start(int slot, int slots, CacheEntry entry, long now)
    {
        if (entry.Sliding <= 0)
        {
            return;
        }

        if (_foundAt is null || _foundAt.Length <= slot)
        {
            var longer = new long[slots];
            _foundAt?.CopyTo(longer, 0);
            Volatile.Write(ref _foundAt, longer);
        }

        Volatile.Write(ref _foundAt[slot], now);
    }
}
