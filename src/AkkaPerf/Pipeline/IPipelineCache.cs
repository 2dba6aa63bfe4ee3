namespace AkkaPerf.Pipeline;

/// <summary>A pipeline's cache, by request. Any thread.</summary>
/// <typeparam name="TRequest">What is asked.</typeparam>
public interface IPipelineCache<TRequest>
{
    /// <summary>Forgets the answer to a request; false if there was none. A load in flight may bring one again.</summary>
    ValueTask<bool> RemoveAsync(TRequest request, CancellationToken cancellationToken = default);
}
