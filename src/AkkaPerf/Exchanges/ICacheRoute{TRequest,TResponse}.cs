namespace AkkaPerf.Exchanges;

/// <summary>What exchanges need of their pipeline's cache where types are known. Any thread.</summary>
internal interface ICacheRoute<in TRequest, TResponse>
{
    /// <summary>Makes the entry of an answer that an exchange brought just now; null if it is not to be kept.</summary>
    CacheEntry<TResponse>? Keep(TRequest request, TResponse response, Exchange exchange, long now);

    /// <summary>Asks the second level for something newer than what is outdated; it may be stale.</summary>
    ValueTask<CacheEntry?> LookUpAsync(string key, CacheEntry? outdated, CancellationToken cancellationToken);

    /// <summary>Has an entry written to the second level, later.</summary>
    void StoreSecond(string key, CacheEntry<TResponse> entry, IOvertakable unless);
}
