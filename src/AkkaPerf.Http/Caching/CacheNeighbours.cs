using AkkaPerf.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Caching;

/// <summary>
/// Has what is stored of a URL forgotten wherever it is once an unsafe request for it has succeeded (RFC 9111, section 4.4): other pipelines may
/// stand behind the same host, one for what is read and one for what is written, and other routes may lead to other targets.
/// </summary>
internal sealed class CacheNeighbours
{
    private readonly IPipelines _pipelines;
    private readonly RoutedUrls? _routed;

    /// <param name="pipelines">The application's pipelines.</param>
    /// <param name="routed">What its routes make of URLs; null if nobody asks by them.</param>
    public CacheNeighbours(IPipelines pipelines, RoutedUrls? routed = null)
    {
        _pipelines = pipelines;
        _routed = routed;
    }

    /// <summary>Whether a request that was answered so may have changed what is stored.</summary>
    public static bool MayChange(string method, int status) =>
        status is >= 200 and < 400 && !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpCache.ChangesNothing(method);

    /// <summary>Forgets it, and what the answer names, by the target as the route had it, as the client asked for it, and as any other route has that.</summary>
    /// <param name="own">The request's own pipeline, which has seen to the target as its route had it.</param>
    /// <param name="request">The request, not detached yet.</param>
    /// <param name="response">Its answer.</param>
    public void Forget(string own, ProxyRequest request, ProxyResponse response)
    {
        if (!CacheAddress.TryGet(request, out var changed))
        {
            return;
        }

        var asked = request.HasContext && ProxyRequest.TargetOf(request.Context) is { } target ? changed with { Target = target } : changed;
        foreach (var pipeline in _pipelines.All)
        {
            if (pipeline is not IRequestPipeline<ProxyRequest, ProxyResponse> http || HttpCache.Of(http) is not { } cache)
            {
                continue;
            }

            if (pipeline.Name != own)
            {
                Forget(cache, changed, response);
            }

            if (asked.Target != changed.Target)
            {
                Forget(cache, asked, response);
            }

            foreach (var route in _routed?.Changing(pipeline.Name) ?? [])
            {
                Forget(cache, route, asked, response);
            }
        }
    }

    private static void Forget(HttpCache cache, in CacheAddress changed, ProxyResponse response)
    {
        Forget(cache, changed);
        foreach (var named in NamedAddresses.Of(changed, response))
        {
            Forget(cache, named);
        }
    }

    private static void Forget(HttpCache cache, RoutedUrl route, in CacheAddress asked, ProxyResponse response)
    {
        if (route.TryMap(asked, out var stored))
        {
            Forget(cache, stored);
        }

        foreach (var named in NamedAddresses.Of(asked, response))
        {
            if (route.TryMap(named, out stored))
            {
                Forget(cache, stored);
            }
        }
    }

    // At once in the first level; the second one's turn comes by itself.
    private static void Forget(HttpCache cache, in CacheAddress address) => _ = cache.PurgeAsync(address).AsTask();
}
