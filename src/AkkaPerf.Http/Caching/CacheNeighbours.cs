using AkkaPerf.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Caching;

/// <summary>
/// Has what is stored of a URL forgotten in the other pipelines too once an unsafe request for it has succeeded (RFC 9111, section 4.4): they may
/// stand behind the same host, one for what is read and one for what is written.
/// </summary>
internal sealed class CacheNeighbours
{
    private readonly IPipelines _pipelines;

    public CacheNeighbours(IPipelines pipelines) => _pipelines = pipelines;

    /// <summary>Whether a request that was answered so may have changed what is stored.</summary>
    public static bool MayChange(string method, int status) =>
        status is >= 200 and < 400 && !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method) && !HttpMethods.IsTrace(method);

    /// <summary>Forgets it, by the target as the route had it and as the client asked for it: another route may have changed nothing, or the same.</summary>
    /// <param name="own">The request's own pipeline, which has seen to its own store.</param>
    /// <param name="context">The request.</param>
    /// <param name="route">Its route.</param>
    /// <param name="target">The target as the route had it.</param>
    public void Forget(string own, HttpContext context, HttpRoute route, string target)
    {
        var asked = ProxyRequest.TargetOf(context);
        foreach (var pipeline in _pipelines.All)
        {
            if (pipeline.Name == own || pipeline is not IRequestPipeline<ProxyRequest, ProxyResponse> http || HttpCache.Of(http) is not { } cache)
            {
                continue;
            }

            Forget(cache, context, route, target);
            if (asked is not null && asked != target)
            {
                Forget(cache, context, route, asked);
            }
        }
    }

    // At once in the first level; the second one's turn comes by itself.
    private static void Forget(HttpCache cache, HttpContext context, HttpRoute route, string target)
    {
        if (CacheAddress.TryGet(context, route, target, out var address))
        {
            _ = cache.PurgeAsync(address).AsTask();
        }
    }
}
