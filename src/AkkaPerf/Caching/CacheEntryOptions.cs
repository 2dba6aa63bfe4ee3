namespace AkkaPerf.Caching;

/// <summary>How one entry differs from what the cache's options say; null leaves it to them.</summary>
public sealed record CacheEntryOptions
{
    private static readonly CacheEntryOptions Nothing = new();

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

    /// <summary>Whether all values are within their ranges.</summary>
    internal bool IsValid => FindFault() is null;

    /// <summary>What of it is the entry's wherever it is kept, not one call's; null if that is nothing.</summary>
    internal CacheEntryOptions? Own
    {
        get
        {
            var own = Skip == CacheSkip.None ? this : this with { Skip = CacheSkip.None };
            return own == Nothing ? null : own;
        }
    }

    /// <summary>The same, and what it leaves open as the others say.</summary>
    internal CacheEntryOptions Or(CacheEntryOptions? others) => others is null ? this : this with
    {
        Ttl = Ttl ?? others.Ttl,
        LocalTtl = LocalTtl ?? others.LocalTtl,
        Sliding = Sliding ?? others.Sliding,
        StaleWhileRevalidate = StaleWhileRevalidate ?? others.StaleWhileRevalidate,
        StaleIfError = StaleIfError ?? others.StaleIfError,
        SoftTimeout = SoftTimeout ?? others.SoftTimeout,
        Eager = Eager ?? others.Eager,
        Jitter = Jitter ?? others.Jitter,
        Bytes = Bytes ?? others.Bytes,
    };

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    internal void Check()
    {
        if (FindFault() is { } fault)
        {
            Refuse(fault.Value, $"{nameof(CacheEntryOptions)}.{fault.Name} must be {fault.Allowed}.");
        }
    }

    private (string Name, object? Value, string Allowed)? FindFault() =>
        Fault(Ttl is null || Ttl > TimeSpan.Zero, nameof(Ttl), Ttl, "more than zero")
        ?? Fault(LocalTtl is null || LocalTtl > TimeSpan.Zero, nameof(LocalTtl), LocalTtl, "more than zero")
        ?? Fault(Sliding is null || Sliding >= TimeSpan.Zero, nameof(Sliding), Sliding, "zero or more")
        ?? Fault(StaleWhileRevalidate is null || StaleWhileRevalidate >= TimeSpan.Zero, nameof(StaleWhileRevalidate), StaleWhileRevalidate, "zero or more")
        ?? Fault(StaleIfError is null || StaleIfError >= TimeSpan.Zero, nameof(StaleIfError), StaleIfError, "zero or more")
        ?? Fault(SoftTimeout is null || SoftTimeout >= TimeSpan.Zero, nameof(SoftTimeout), SoftTimeout, "zero or more")
        ?? Fault(Eager is null or (>= 0 and <= 1), nameof(Eager), Eager, "0 to 1")
        ?? Fault(Jitter is null or (>= 0 and <= 0.5), nameof(Jitter), Jitter, "0 to 0.5")
        ?? Fault(Bytes is null or >= 0, nameof(Bytes), Bytes, "zero or more");

    private static void Refuse(object? value, string message) => throw new ArgumentOutOfRangeException(nameof(value), value, message);

    // The value is made an object only if it is a fault: this runs for every load that has options.
    private static (string Name, object? Value, string Allowed)? Fault<T>(bool isSo, string name, T value, string allowed) =>
        isSo ? null : (name, value, allowed);
}
