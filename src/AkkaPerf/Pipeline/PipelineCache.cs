using Akka.Streams;
using Akka.Streams.Dsl;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Invalidations;
using AkkaPerf.Caching.Warming;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>The public door to a pipeline's cache.</summary>
internal sealed class PipelineCache<TRequest, TResponse> : IPipelineCache<TRequest>
{
    private readonly RequestPipeline<TRequest, TResponse> _pipeline;
    private readonly PipelineCore _core;
    private readonly ICachingPolicy<TRequest, TResponse> _policy;

    public PipelineCache(RequestPipeline<TRequest, TResponse> pipeline, PipelineCore core, ICachingPolicy<TRequest, TResponse> policy)
    {
        _pipeline = pipeline;
        _core = core;
        _policy = policy;
    }

    public CacheStatistics Statistics => _core.Cache!.Describe(_core.Loads!.Count);

    private CacheLevels<string> Levels => _core.Cache!;

    public IReadOnlyList<KeyHits<string>> Hottest(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Levels.First.Hottest(count);
    }

    public async ValueTask<bool> RemoveAsync(TRequest request, CancellationToken cancellationToken = default)
    {
        if (_policy.KeyOf(request) is not { } key)
        {
            return false;
        }

        return await Levels.RemoveAsync(key, _core.Loads!.Overtake).ConfigureAwait(false);
    }

    public ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return Levels.InvalidateAsync(InvalidationKind.Tag, tag, cancellationToken);
    }

    public ValueTask RemoveByPrefixAsync(string prefix, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return Levels.InvalidateAsync(InvalidationKind.Prefix, prefix, cancellationToken);
    }

    public ValueTask ClearAsync(CancellationToken cancellationToken = default) => Levels.InvalidateAsync(InvalidationKind.All, "", cancellationToken);

    public async ValueTask PreloadAsync(TRequest request, CancellationToken cancellationToken = default) =>
        _ = (await _pipeline.ReloadAsync(request, cancellationToken).ConfigureAwait(false)).Value;

    public Task<WarmingReport<TRequest>> WarmAsync(
        IAsyncEnumerable<TRequest> requests, IProgress<WarmingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return new Warmer<TRequest>(_core.Options.Cache.Warming, _core.Time, IsFresh, SendAsync, progress).RunAsync(requests, cancellationToken);
    }

    public Task<WarmingReport<TRequest>> WarmAsync(
        IEnumerable<TRequest> requests, IProgress<WarmingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return WarmAsync(requests.ToAsyncEnumerable(), progress, cancellationToken);
    }

    public async Task<WarmingReport<TRequest>> WarmAsync<TMat>(
        Source<TRequest, TMat> requests, IMaterializer materializer, IProgress<WarmingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var (stop, reader) = requests
            .ViaMaterialized(KillSwitches.Single<TRequest>(), Keep.Right)
            .ToMaterialized(ChannelSink.AsReader<TRequest>(_core.Options.Cache.Warming.Concurrency, singleReader: true), Keep.Both)
            .Run(materializer);
        try
        {
            return await WarmAsync(reader.ReadAllAsync(cancellationToken), progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Cancelled, it must not stay there with what nobody takes.
            stop.Shutdown();
        }
    }

    private bool IsFresh(TRequest request)
    {
        var now = _core.Time.GetTimestamp();
        return _policy.KeyOf(request) is { } key && Levels.Peek(key, now) is { } entry && now < entry.Life.FreshUntil;
    }

    private async ValueTask<Exception?> SendAsync(TRequest request, CancellationToken cancellationToken)
    {
        var outcome = await _pipeline.SendWaitingAsync(request, cancellationToken).ConfigureAwait(false);
        return outcome.IsSuccess
            ? null
            : outcome.Exception ?? new RequestRejectedException(outcome.Reason!.Value, outcome.RetryAfter);
    }
}
