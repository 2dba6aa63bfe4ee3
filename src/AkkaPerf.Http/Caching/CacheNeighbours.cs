using AkkaPerf.Hosting;
using AkkaPerf.Http.Proxying;
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
        status is >= 200 and < 400 && !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpCache.ChangesNothing(method);

    /// <summary>Forgets it, and what the answer names, by the target as the route had it and as the client asked for it: another route may have changed nothing, or the same.</summary>
    /// <param name="own">The request's own pipeline, which has seen to its own store.</param>
    /// <param name="request">The request, not detached yet.</param>
    /// <param name="response">Its answer.</param>
    public void Forget(string own, ProxyRequest request, ProxyResponse response)
    {
        if (!CacheAddress.TryGet(request, out var changed))
        {
            return;
        }

        Forget(own, changed, response);
        if (request.HasContext && ProxyRequest.TargetOf(request.Context) is { } asked && asked != request.Target
            && CacheAddress.TryGet(request.Context, request.Route, asked, out changed))
        {
            Forget(own, changed, response);
        }
    }

    private void Forget(string own, in CacheAddress changed, ProxyResponse response)
    {
        foreach (var pipeline in _pipelines.All)
        {
            if (pipeline.Name == own || pipeline is not IRequestPipeline<ProxyRequest, ProxyResponse> http || HttpCache.Of(http) is not { } cache)
            {
                continue;
            }

            Forget(cache, changed);
            foreach (var named in NamedAddresses.Of(changed, response))
            {
                Forget(cache, named);
            }
        }
    }

    // At once in the first level; the second one's turn comes by itself.
    private static void Forget(HttpCache cache, in CacheAddress address) => _ = cache.PurgeAsync(address).AsTask();
}
