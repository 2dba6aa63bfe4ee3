using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching;

/// <summary>A policy that looks up and keeps by itself, in the pipeline's <c>Store</c>: the pipeline sends every request down.</summary>
/// <typeparam name="TRequest">What is asked.</typeparam>
/// <typeparam name="TResponse">What is answered, and what is stored.</typeparam>
public interface IStoringPolicy<TRequest, TResponse> : ICachingPolicy<TRequest, TResponse>
{
    /// <summary>How the second level writes what is stored.</summary>
    IHybridCacheSerializer<TResponse> Serializer { get; }

    /// <summary>Whether a request is a load of the policy's own: it is not counted among the requests, those are whose ends the store is told.</summary>
    bool IsLoad(TRequest request) => false;
}
