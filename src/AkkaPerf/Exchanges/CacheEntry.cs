namespace AkkaPerf.Exchanges;

/// <summary>One answer as the cache keeps it.</summary>
/// <remarks>Every byte of it is paid for by every entry: what is rare stands in <see cref="EntryExtras"/>.</remarks>
internal abstract class CacheEntry
{
    // The size stands among the extras: it takes more than 32 bits.
    private const uint IsLarge = uint.MaxValue;

    private readonly EntryLife _life;
    private readonly uint _bytes;

    // Null for an entry without anything special, its tags if that is all, else its extras.
    private object? _special;

    protected CacheEntry(in EntryLife life, long bytes, string[]? tags)
    {
        _life = life;
        _special = tags is { Length: > 0 } ? tags : null;
        if (bytes is >= 0 and < IsLarge)
        {
            _bytes = (uint)bytes;
        }
        else
        {
            _bytes = IsLarge;
            Extras.Bytes = bytes;
        }
    }

    public ref readonly EntryLife Life => ref _life;

    /// <summary>Its estimated size.</summary>
    public long Bytes => _bytes == IsLarge ? Extras.Bytes : _bytes;

    /// <summary>How long it lives without a hit, in timestamps; 0 for no such limit. Each hit moves its end, never past the life's.</summary>
    public long Sliding
    {
        get => KnownExtras?.Sliding ?? 0;
        init
        {
            if (value != 0)
            {
                Extras.Sliding = value;
            }
        }
    }

    /// <summary>What it can be removed by, together with others.</summary>
    public string[] Tags => Volatile.Read(ref _special) switch
    {
        null => [],
        EntryExtras extras => extras.Tags,
        var tags => (string[])tags,
    };

    /// <summary>
    /// The version of the invalidations at which it was last found valid, at first the one at which its load began. Written by any
    /// thread: whichever wins, it is true.
    /// </summary>
    public int CheckedAt { get; set; }

    /// <summary>When it was made by the clock on the wall, in ticks: processes compare it. 0 without a second level.</summary>
    public long MadeAtUtc
    {
        get => KnownExtras?.MadeAtUtc ?? 0;
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
        get => KnownExtras?.Options;
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
        get => KnownExtras is { } extras ? Volatile.Read(ref extras.HeldUntil) : long.MinValue;
        set => Volatile.Write(ref Extras.HeldUntil, value);
    }

    /// <summary>The value as bytes, once somebody needed a copy of it.</summary>
    public byte[]? Serialized
    {
        get => KnownExtras?.Serialized;
        set => Extras.Serialized = value;
    }

    private EntryExtras? KnownExtras => Volatile.Read(ref _special) as EntryExtras;

    private EntryExtras Extras
    {
        get
        {
            var special = Volatile.Read(ref _special);
            if (special is EntryExtras extras)
            {
                return extras;
            }

            var made = new EntryExtras((string[]?)special ?? []);
            return Interlocked.CompareExchange(ref _special, made, special) as EntryExtras ?? made;
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
