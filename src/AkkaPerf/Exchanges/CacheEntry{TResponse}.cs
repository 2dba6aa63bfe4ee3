namespace AkkaPerf.Exchanges;

/// <summary>One answer as the cache keeps it, with its value.</summary>
internal sealed class CacheEntry<TResponse> : CacheEntry
{
    public CacheEntry(TResponse value, in EntryLife life, long bytes, string[]? tags = null)
        : base(life, bytes, tags) => Value = value;

    public TResponse Value { get; }
}
