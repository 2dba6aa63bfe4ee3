using Akka;
using Akka.Streams.Dsl;
using AkkaPerf.Caching;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>Answers requests: from the cache, from a load in flight, or from a backend within its limits. Any thread.</summary>
/// <typeparam name="TRequest">What is asked.</typeparam>
/// <typeparam name="TResponse">What is answered.</typeparam>
public interface IRequestPipeline<TRequest, TResponse> : IRequestPipeline
{
    /// <summary>The cache, by request; null if the pipeline has none.</summary>
    IPipelineCache<TRequest>? Cache { get; }

    /// <summary>The cache, by key, for its <see cref="IStoringPolicy{TRequest, TResponse}"/>; null if the pipeline has none, or its cache is off.</summary>
    IPipelineStore<TResponse>? Store { get; }

    /// <summary>Answers a request within the pipeline's timeout.</summary>
    /// <exception cref="RequestRejectedException">It was refused; the reason says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<TResponse> SendAsync(TRequest request, CancellationToken cancellationToken = default);

    /// <summary>Answers a request within a shorter timeout.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="timeout">More than zero; longer than the pipeline's own has no effect.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestRejectedException">It was refused; the reason says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is not more than zero.</exception>
    ValueTask<TResponse> SendAsync(TRequest request, TimeSpan timeout, CancellationToken cancellationToken = default);

    /// <summary>Answers a request and throws nothing: refusal, cancellation and fault are outcomes.</summary>
    ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, CancellationToken cancellationToken = default);

    /// <summary>Answers a request within a shorter timeout and throws nothing but for a bad argument.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is not more than zero.</exception>
    ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, TimeSpan timeout, CancellationToken cancellationToken = default);

    /// <summary>Answers many requests, each for itself; waits for room whatever <c>when-full</c> says.</summary>
    /// <returns>An outcome per request, in their order.</returns>
    Task<IReadOnlyList<Outcome<TResponse>>> SendBatchAsync(IReadOnlyList<TRequest> requests, CancellationToken cancellationToken = default);

    /// <summary>The pipeline as a stream's flow: outcomes in order, waits for room, never fails; cancelling it cancels its exchanges.</summary>
    /// <param name="parallelism">Requests under way at once; 1 to 1,000,000, or 0 for the pipeline's concurrency.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    Flow<TRequest, Outcome<TResponse>, NotUsed> AsFlow(int parallelism = 0);
}
