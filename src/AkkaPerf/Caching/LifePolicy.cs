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
    /// <param name="entry">What is special about it.</param>
    /// <param name="ttl">Its life if that is special and nothing else is.</param>
    public EntryLife? Plan(bool isNull, CacheEntryOptions? entry, TimeSpan? ttl = null)
    {
        var own = entry?.Ttl ?? ttl;
        var life = own ?? _options.Ttl;
        if (isNull && own is null)
        {
            life = life < _options.Life.NegativeTtl ? life : _options.Life.NegativeTtl;
        }

        return life > TimeSpan.Zero ? Plan(_time.GetTimestamp(), Jittered(life, entry?.Jitter ?? _options.Life.Jitter), entry) : null;
    }

    /// <summary>The life in the first level of what the second one brought.</summary>
    /// <param name="madeAt">When it was made, as a timestamp.</param>
    /// <param name="fresh">What is left of its freshness; zero or less if it is stale.</param>
    /// <param name="total">What is left of its life: the first level never outlives the second.</param>
    /// <param name="entry">What is special about it.</param>
    public EntryLife Rest(long madeAt, TimeSpan fresh, TimeSpan total, CacheEntryOptions? entry)
    {
        var now = _time.GetTimestamp();
        var life = Plan(now, fresh, entry);
        var end = now + Ticks(total);
        var eager = entry?.Eager ?? _options.Refresh.Eager;
        var freshUntil = Math.Min(life.FreshUntil, end);
        return life with
        {
            MadeAt = madeAt,
            RefreshAt = eager > 0 ? madeAt + (long)((life.FreshUntil - madeAt) * eager) : long.MaxValue,
            FreshUntil = freshUntil,
            RevalidateUntil = Math.Min(life.RevalidateUntil, end),
            ExpiresAt = Math.Min(life.ExpiresAt, end),
        };
    }

    /// <summary>The timestamp at which the next try to refresh an entry may begin.</summary>
    public long NextTry(long now) => now + Ticks(_options.Stale.RetryAfter);

    public TimeSpan SoftTimeout(CacheEntryOptions? entry) => entry?.SoftTimeout ?? _options.Stale.SoftTimeout;

    public long Ticks(TimeSpan time) => (long)Math.Clamp(time.TotalSeconds * _time.TimestampFrequency, long.MinValue / 4, long.MaxValue / 4);

    public TimeSpan TimeOf(long ticks) => TimeSpan.FromSeconds(Math.Clamp((double)ticks / _time.TimestampFrequency, -3e9, 3e9));

    private EntryLife Plan(long now, TimeSpan ttl, CacheEntryOptions? entry)
    {
        var local = entry?.LocalTtl is { } shorter && shorter < ttl ? shorter : ttl;
        var freshUntil = now + Ticks(local);
        var revalidateUntil = freshUntil + Ticks(entry?.StaleWhileRevalidate ?? _options.Stale.WhileRevalidate);
        var eager = entry?.Eager ?? _options.Refresh.Eager;
        return new EntryLife
        {
            MadeAt = now,
            RefreshAt = eager > 0 ? now + (long)((freshUntil - now) * eager) : long.MaxValue,
            FreshUntil = freshUntil,
            RevalidateUntil = revalidateUntil,
            ExpiresAt = Math.Max(revalidateUntil, freshUntil + Ticks(entry?.StaleIfError ?? _options.Stale.IfError)),
            Sliding = Ticks(entry?.Sliding ?? _options.Life.Sliding),
        };
    }

    private TimeSpan Jittered(TimeSpan ttl, double jitter) => jitter > 0 ? ttl * (1 - (jitter * _random.NextDouble())) : ttl;
}
