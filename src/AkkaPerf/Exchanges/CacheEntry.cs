namespace AkkaPerf.Exchanges;

/// <summary>One answer as the cache keeps it.</summary>
internal abstract class CacheEntry
{
    private readonly EntryLife _life;
    private long _refreshNotBefore = long.MinValue;
    private long _heldUntil = long.MinValue;

    protected CacheEntry(in EntryLife life, long bytes, string[]? tags)
    {
        _life = life;
        Bytes = bytes;
        Tags = tags ?? [];
    }

    public ref readonly EntryLife Life => ref _life;

    /// <summary>Its estimated size.</summary>
    public long Bytes { get; }

    /// <summary>What it can be removed by, together with others.</summary>
    public string[] Tags { get; }

    /// <summary>
    /// The version of the invalidations at which it was last found valid, at first the one at which its load began. Written by any
    /// thread: whichever wins, it is true.
    /// </summary>
    public int CheckedAt { get; set; }

    /// <summary>Until when it is answered though it is stale, because nothing fresh could be had. Any thread; the last one wins.</summary>
    public long HeldUntil
    {
        get => Volatile.Read(ref _heldUntil);
        set => Volatile.Write(ref _heldUntil, value);
    }

    /// <summary>Whether it may be answered at once: fresh, or stale but allowed.</summary>
    public bool IsUsable(long now) => now < _life.RevalidateUntil || (now < HeldUntil && now < _life.ExpiresAt);

    /// <summary>Lets one caller refresh it; the next may at this timestamp at the earliest. Any thread.</summary>
    public bool TryClaimRefresh(long now, long next)
    {
        var notBefore = Volatile.Read(ref _refreshNotBefore);
        return now >= notBefore && Interlocked.CompareExchange(ref _refreshNotBefore, next, notBefore) == notBefore;
    }
}
