namespace AkkaPerf.Caching;

/// <summary>Says what of a pipeline's traffic is cached. Any thread, several at once.</summary>
/// <typeparam name="TRequest">What is asked.</typeparam>
/// <typeparam name="TResponse">What is answered.</typeparam>
public interface ICachingPolicy<TRequest, TResponse>
{
    /// <summary>Names the answer to a request; null if it is none of the cache's business.</summary>
    string? KeyOf(TRequest request);

    /// <summary>Decides whether an answer is kept, and for how long.</summary>
    CachingVerdict Judge(TRequest request, TResponse response);
}
