using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>A pipeline's cache where types are known: makes entries as the policy says, asks and tells the second level.</summary>
internal sealed class CacheRoute<TRequest, TResponse> : ICacheRoute<TRequest, TResponse>
{
    private readonly CacheLevels<string> _levels;
    private readonly ICachingPolicy<TRequest, TResponse> _policy;

    public CacheRoute(CacheLevels<string> levels, ICachingPolicy<TRequest, TResponse> policy)
    {
        _levels = levels;
        _policy = policy;
    }

    public CacheEntry<TResponse>? Keep(TRequest request, TResponse response, Exchange exchange, long now) =>
        _levels.TryCreate(response, (exchange.SentAt, now), exchange.CacheVersion, _policy.Judge(request, response), out var entry) ? entry : null;

    public async ValueTask<CacheEntry?> LookUpAsync(string key, CacheEntry? outdated, CancellationToken cancellationToken)
    {
        var entry = await _levels.ReadSecondAsync<TResponse>(key, options: null, outdated is not null, cancellationToken).ConfigureAwait(false);
        return entry is not null && (outdated is null || entry.MadeAtUtc > outdated.MadeAtUtc) ? entry : null;
    }

    public void StoreSecond(string key, CacheEntry<TResponse> entry, IOvertakable unless) => _ = _levels.WriteSecond(key, entry, unless);
}
