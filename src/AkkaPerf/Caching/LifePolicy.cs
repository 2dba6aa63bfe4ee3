using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>Plans an entry's life: when it is fresh, stale, refreshed, dropped.</summary>
internal sealed class LifePolicy
{
    private readonly CacheOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;

    public LifePolicy(CacheOptions options, TimeProvider time, Random random)
    {
        _options = options;
        _time = time;
        _random = random;
    }

    /// <summary>The life of an entry that was just made; null if it is not to be kept.</summary>
    /// <param name="isNull">Whether the answer is null.</param>
    /// <param name="load">When its load began and ended: it is as old as the one, and lives from the other.</param>
    /// <param name="entry">What is special about it.</param>
    /// <param name="ttl">Its life if that is special and nothing else is.</param>
    public EntryLife? Plan(bool isNull, (long Began, long Ended) load, CacheEntryOptions? entry, TimeSpan? ttl = null)
    {
        var own = entry?.Ttl ?? ttl;
        var life = own ?? _options.Ttl;
        if (isNull && own is null)
        {
            life = life < _options.Life.NegativeTtl ? life : _options.Life.NegativeTtl;
        }

        var freshUntil = load.Ended + Ticks(Jittered(life, entry?.Jitter ?? _options.Life.Jitter));
        return life > TimeSpan.Zero ? Plan(load.Began, freshUntil, long.MaxValue, entry) : null;
    }

    /// <summary>The life in the first level of what the second one brought.</summary>
    /// <param name="madeAt">When it was made, as a timestamp.</param>
    /// <param name="fresh">What is left of its freshness; zero or less if it is stale.</param>
    /// <param name="total">What is left of its life: the first level never outlives the second.</param>
    /// <param name="entry">What is special about it.</param>
    public EntryLife Rest(long madeAt, TimeSpan fresh, TimeSpan total, CacheEntryOptions? entry)
    {
        var now = _time.GetTimestamp();
        return Plan(madeAt, now + Ticks(fresh), now + Ticks(total), entry);
    }

    /// <summary>The life in the second level of an entry of the first: the same, but for a life in the first level that is shorter.</summary>
    public EntryLife Whole(in EntryLife life, CacheEntryOptions? entry) => entry?.LocalTtl is null
        ? life
        : Plan(life.MadeAt, life.MadeAt + Ticks(entry.Ttl ?? _options.Ttl), long.MaxValue, entry with { LocalTtl = null });

    /// <summary>The timestamp at which the next try to refresh an entry may begin.</summary>
    public long NextTry(long now) => now + Ticks(_options.Stale.RetryAfter);

    /// <summary>How long an entry lives without a hit, in timestamps; 0 for no such limit.</summary>
    public long Sliding(CacheEntryOptions? entry) => Ticks(entry?.Sliding ?? _options.Life.Sliding);

    public TimeSpan SoftTimeout(CacheEntryOptions? entry) => entry?.SoftTimeout ?? _options.Stale.SoftTimeout;

    public long Ticks(TimeSpan time) => (long)Math.Clamp(time.TotalSeconds * _time.TimestampFrequency, long.MinValue / 4, long.MaxValue / 4);

    public TimeSpan TimeOf(long ticks) => TimeSpan.FromSeconds(Math.Clamp((double)ticks / _time.TimestampFrequency, -3e9, 3e9));

    private EntryLife Plan(long madeAt, long freshUntil, long end, CacheEntryOptions? entry)
    {
        var eager = entry?.Eager ?? _options.Refresh.Eager;
        var revalidateUntil = freshUntil + Ticks(entry?.StaleWhileRevalidate ?? _options.Stale.WhileRevalidate);
        var expiresAt = Math.Max(revalidateUntil, freshUntil + Ticks(entry?.StaleIfError ?? _options.Stale.IfError));

        // What the first level may not keep as long ends there, stale windows included; the second one still has it.
        var local = entry?.LocalTtl is { } shorter ? Math.Min(end, _time.GetTimestamp() + Ticks(shorter)) : end;
        return new EntryLife
        {
            MadeAt = madeAt,
            RefreshAt = eager > 0 ? madeAt + (long)((freshUntil - madeAt) * eager) : long.MaxValue,
            FreshUntil = Math.Min(freshUntil, local),
            RevalidateUntil = Math.Min(revalidateUntil, local),
            ExpiresAt = Math.Min(expiresAt, local),
        };
    }

    private TimeSpan Jittered(TimeSpan ttl, double jitter) => jitter > 0 ? ttl * (1 - (jitter * _random.NextDouble())) : ttl;
}
