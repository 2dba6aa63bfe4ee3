using AkkaPerf.Caching;

namespace AkkaPerf.Pipeline;

/// <summary>The public door to a pipeline's cache.</summary>
internal sealed class PipelineCache<TRequest, TResponse> : IPipelineCache<TRequest>
{
    private readonly LocalCache<string> _cache;
    private readonly ICachingPolicy<TRequest, TResponse> _policy;

    public PipelineCache(LocalCache<string> cache, ICachingPolicy<TRequest, TResponse> policy)
    {
        _cache = cache;
        _policy = policy;
    }

    public ValueTask<bool> RemoveAsync(TRequest request, CancellationToken cancellationToken = default) =>
        new(_policy.KeyOf(request) is { } key && _cache.Remove(key));
}
