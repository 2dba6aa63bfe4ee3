namespace AkkaPerf.Caching;

/// <summary>How one entry differs from what the cache's options say; null leaves it to them.</summary>
public sealed record CacheEntryOptions
{
    /// <summary>Its life, more than zero.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Its life in the first level, if that is shorter; more than zero.</summary>
    public TimeSpan? LocalTtl { get; init; }

    /// <summary>How long it lives in the first level without a hit; zero for no such limit.</summary>
    public TimeSpan? Sliding { get; init; }

    /// <summary>How long after its life it is answered while it is refreshed; not negative.</summary>
    public TimeSpan? StaleWhileRevalidate { get; init; }

    /// <summary>How long after its life it is answered if nothing fresh can be had; not negative.</summary>
    public TimeSpan? StaleIfError { get; init; }

    /// <summary>How long a caller waits for a fresh answer before the stale one is given; zero for as long as it takes.</summary>
    public TimeSpan? SoftTimeout { get; init; }

    /// <summary>The part of its life after which a hit refreshes it in the background; 0 for never, up to 1.</summary>
    public double? Eager { get; init; }

    /// <summary>The part of its life that chance may take away; 0 to 0.5.</summary>
    public double? Jitter { get; init; }

    /// <summary>Its estimated size in bytes; null for what can be seen from outside.</summary>
    public long? Bytes { get; init; }

    /// <summary>What is left out for this call.</summary>
    public CacheSkip Skip { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    internal void Check()
    {
        Require(Ttl is null || Ttl > TimeSpan.Zero, nameof(Ttl), Ttl, "more than zero");
        Require(LocalTtl is null || LocalTtl > TimeSpan.Zero, nameof(LocalTtl), LocalTtl, "more than zero");
        Require(Sliding is null || Sliding >= TimeSpan.Zero, nameof(Sliding), Sliding, "zero or more");
        Require(StaleWhileRevalidate is null || StaleWhileRevalidate >= TimeSpan.Zero, nameof(StaleWhileRevalidate), StaleWhileRevalidate, "zero or more");
        Require(StaleIfError is null || StaleIfError >= TimeSpan.Zero, nameof(StaleIfError), StaleIfError, "zero or more");
        Require(SoftTimeout is null || SoftTimeout >= TimeSpan.Zero, nameof(SoftTimeout), SoftTimeout, "zero or more");
        Require(Eager is null or (>= 0 and <= 1), nameof(Eager), Eager, "0 to 1");
        Require(Jitter is null or (>= 0 and <= 0.5), nameof(Jitter), Jitter, "0 to 0.5");
        Require(Bytes is null or >= 0, nameof(Bytes), Bytes, "zero or more");
    }

    private static void Require(bool isSo, string name, object? value, string allowed)
    {
        if (!isSo)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(CacheEntryOptions)}.{name} must be {allowed}.");
        }
    }
}
