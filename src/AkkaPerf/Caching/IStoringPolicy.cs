using System.Diagnostics;
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

    /// <summary>
    /// How what is written is to be united with what the second level has of the key by then, which may be another process's; null, the default:
    /// it takes its place unseen. The union is what was found itself where that lacks nothing. It comes with its life, size and tags, and with the timestamp at which the oldest of it was asked for.
    /// </summary>
    /// <param name="written">What is to be written.</param>
    Func<TResponse, (TResponse Value, CachingVerdict Verdict, long At)>? UniteWith(TResponse written) => null;

    /// <summary>Hears of the span of a load of its own, before the load goes its way; only if somebody listens and samples it.</summary>
    /// <param name="load">The load.</param>
    /// <param name="span">Its span.</param>
    void BeginSpan(TRequest load, Activity span)
    {
    }

    /// <summary>Takes over what must go on when a pipeline replaces another; called before the first request. The other one goes on until it has finished.</summary>
    /// <param name="predecessor">The policy of the pipeline that is replaced.</param>
    void Succeed(object predecessor)
    {
    }
}
