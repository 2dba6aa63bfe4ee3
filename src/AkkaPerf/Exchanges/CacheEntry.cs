namespace AkkaPerf.Exchanges;

/// <summary>One answer as the cache keeps it.</summary>
internal abstract class CacheEntry
{
    private readonly EntryLife _life;
    private EntryExtras? _extras;

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

    /// <summary>When it was made by the clock on the wall, in ticks: processes compare it. 0 without a second level.</summary>
    public long MadeAtUtc
    {
        get => _extras?.MadeAtUtc ?? 0;
        init
        {
            if (value != 0)
            {
                Extras.MadeAtUtc = value;
            }
        }
    }

    /// <summary>What is special about it, as its maker said; null for nothing.</summary>
    public object? Options
    {
        get => _extras?.Options;
        init
        {
            if (value is not null)
            {
                Extras.Options = value;
            }
        }
    }

    /// <summary>Until when it is answered though it is stale, because nothing fresh could be had. Any thread; the last one wins.</summary>
    public long HeldUntil
    {
        get => _extras is { } extras ? Volatile.Read(ref extras.HeldUntil) : long.MinValue;
        set => Volatile.Write(ref Extras.HeldUntil, value);
    }

    /// <summary>The value as bytes, once somebody needed a copy of it.</summary>
    public byte[]? Serialized
    {
        get => _extras?.Serialized;
        set => Extras.Serialized = value;
    }

    private EntryExtras Extras
    {
        get
        {
            if (Volatile.Read(ref _extras) is { } extras)
            {
                return extras;
            }

            var made = new EntryExtras();
            return Interlocked.CompareExchange(ref _extras, made, null) ?? made;
        }
    }

    /// <summary>Whether it may be answered at once: fresh, or stale but allowed.</summary>
    public bool IsUsable(long now) => now < _life.RevalidateUntil || (now < HeldUntil && now < _life.ExpiresAt);

    /// <summary>Lets one caller refresh it; the next may at this timestamp at the earliest. Any thread.</summary>
    public bool TryClaimRefresh(long now, long next)
    {
        var extras = Extras;
        var notBefore = Volatile.Read(ref extras.RefreshNotBefore);
        return now >= notBefore && Interlocked.CompareExchange(ref extras.RefreshNotBefore, next, notBefore) == notBefore;
    }
}
