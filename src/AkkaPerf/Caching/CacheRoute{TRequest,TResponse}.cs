using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>A pipeline's cache where types are known: makes entries as the policy says, asks and tells the second level.</summary>
internal sealed class CacheRoute<TRequest, TResponse> : ICacheRoute<TRequest, TResponse>
{
    private readonly CacheLevels<string> _levels;
    private readonly ICachingPolicy<TRequest, TResponse> _policy;
    private readonly TimeProvider _time;

    public CacheRoute(CacheLevels<string> levels, ICachingPolicy<TRequest, TResponse> policy, TimeProvider time)
    {
        _levels = levels;
        _policy = policy;
        _time = time;
    }

    public CacheEntry<TResponse>? Keep(TRequest request, TResponse response)
    {
        var verdict = _policy.Judge(request, response);
        if (!verdict.IsKept || _levels.Lives.Plan(response is null, verdict.Options, verdict.Ttl) is not { } life)
        {
            return null;
        }

        return new CacheEntry<TResponse>(response, life, verdict.Bytes, verdict.Tags.Count == 0 ? null : [.. verdict.Tags]);
    }

    public async ValueTask<CacheEntry?> LookUpAsync(string key, CacheEntry? outdated, CancellationToken cancellationToken)
    {
        var entry = await _levels.ReadSecondAsync<TResponse>(key, options: null, outdated is not null, cancellationToken).ConfigureAwait(false);
        return entry is not null && _time.GetTimestamp() < entry.Life.FreshUntil && (outdated is null || entry.Life.MadeAt > outdated.Life.MadeAt)
            ? entry
            : null;
    }

    public void StoreSecond(string key, CacheEntry<TResponse> entry) => _ = _levels.WriteSecond(key, entry);
}
