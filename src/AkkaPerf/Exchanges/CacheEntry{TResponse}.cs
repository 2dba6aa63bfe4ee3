namespace AkkaPerf.Exchanges;

/// <summary>One answer as the cache keeps it, with its value.</summary>
internal sealed class CacheEntry<TResponse> : CacheEntry
{
    public CacheEntry(TResponse value, long expiresAt, long bytes)
        : base(expiresAt, bytes) => Value = value;

    public TResponse Value { get; }
}
