namespace AkkaPerf.Exchanges;

/// <summary>One answer as the cache keeps it.</summary>
internal abstract class CacheEntry
{
    protected CacheEntry(long expiresAt, long bytes)
    {
        ExpiresAt = expiresAt;
        Bytes = bytes;
    }

    /// <summary>When its life ends, as a timestamp of the pipeline's clock.</summary>
    public long ExpiresAt { get; }

    /// <summary>Its estimated size.</summary>
    public long Bytes { get; }
}
