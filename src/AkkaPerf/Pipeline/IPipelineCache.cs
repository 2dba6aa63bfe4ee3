using Akka.Streams;
using Akka.Streams.Dsl;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Warming;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>A pipeline's cache, by request. Any thread.</summary>
/// <typeparam name="TRequest">What is asked.</typeparam>
public interface IPipelineCache<TRequest>
{
    /// <summary>What the cache has done and holds.</summary>
    CacheStatistics Statistics { get; }

    /// <summary>The keys that are asked for most, the hottest first, and how often they were found since they came.</summary>
    IReadOnlyList<KeyHits<string>> Hottest(int count);

    /// <summary>Forgets the answer to a request; false if the first level had none. A load in flight stores nothing any more.</summary>
    ValueTask<bool> RemoveAsync(TRequest request, CancellationToken cancellationToken = default);

    /// <summary>Forgets all answers with a tag: at once here, within twice <c>invalidation.interval</c> in processes that share the second level.</summary>
    ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default);

    /// <summary>Forgets all answers whose key begins so; elsewhere as <see cref="RemoveByTagAsync"/>.</summary>
    ValueTask RemoveByPrefixAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>Forgets all answers; elsewhere as <see cref="RemoveByTagAsync"/>.</summary>
    ValueTask ClearAsync(CancellationToken cancellationToken = default);

    /// <summary>Asks the source whatever is known, and replaces the answer once that has succeeded. Uses a permit like every request.</summary>
    /// <exception cref="RequestRejectedException">It was refused.</exception>
    ValueTask PreloadAsync(TRequest request, CancellationToken cancellationToken = default);

    /// <summary>Sends those requests whose answer is missing, as <c>warming</c> limits it and through the pipeline's permits; what fails is reported and does not stop the rest.</summary>
    /// <param name="requests">The requests; read as fast as they are answered.</param>
    /// <param name="progress">Told after every request.</param>
    /// <param name="cancellationToken">Ends the warming; what is warm stays.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Task<WarmingReport<TRequest>> WarmAsync(
        IAsyncEnumerable<TRequest> requests, IProgress<WarmingProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="WarmAsync(IAsyncEnumerable{TRequest}, IProgress{WarmingProgress}?, CancellationToken)"/>
    Task<WarmingReport<TRequest>> WarmAsync(
        IEnumerable<TRequest> requests, IProgress<WarmingProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="WarmAsync(IAsyncEnumerable{TRequest}, IProgress{WarmingProgress}?, CancellationToken)"/>
    /// <param name="requests">The requests; pulled as fast as they are answered.</param>
    /// <param name="materializer">Runs the source.</param>
    /// <param name="progress">Told after every request.</param>
    /// <param name="cancellationToken">Ends the warming; what is warm stays.</param>
    Task<WarmingReport<TRequest>> WarmAsync<TMat>(
        Source<TRequest, TMat> requests, IMaterializer materializer, IProgress<WarmingProgress>? progress = null, CancellationToken cancellationToken = default);
}
