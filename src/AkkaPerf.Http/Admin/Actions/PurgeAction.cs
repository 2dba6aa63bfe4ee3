using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Actions;

/// <summary>Has stored responses forgotten: of URLs, of tags, of all URLs that begin alike, or all of them; in the processes that share the second level too.</summary>
/// <remarks>
/// URLs and prefixes are those that clients ask for, by any route to the pipeline, and those that its backends are asked for as well. With <c>soft</c> they are kept, and stale from now on: asked for again, and given meanwhile as far as they allow it.
/// That holds in this process, and in those that share the second level from their next start on.
/// </remarks>
internal sealed class PurgeAction : IPipelineAction
{
    private const int Most = 1000;

    // Beyond a few hundred the oldest would become one of everything.
    private const int MostPrefixes = 50;

    private readonly RoutedUrls _routed;
    private readonly PurgeLimit _limit;

    /// <param name="routed">What the routes make of URLs.</param>
    /// <param name="limit">How much may be forgotten by tags, prefixes or as a whole.</param>
    public PurgeAction(RoutedUrls routed, PurgeLimit limit)
    {
        _routed = routed;
        _limit = limit;
    }

    public string Name => "purge";

    public async ValueTask<AdminProblem?> DoAsync(IRequestPipeline pipeline, ActionBody body, CancellationToken cancellationToken)
    {
        body.Only("urls", "tags", "prefixes", "all", "soft");
        var urls = body.Has("urls") ? body.Texts("urls", Most) : [];
        var tags = body.Has("tags") ? body.Texts("tags", Most) : [];
        var prefixes = body.Has("prefixes") ? body.Texts("prefixes", MostPrefixes) : [];
        var isAll = body.Has("all") && body.IsTrue("all");
        var isSoft = body.Has("soft") && body.IsTrue("soft");
        if (body.Problem is not null)
        {
            return body.Problem;
        }

        if (urls.Count + tags.Count + prefixes.Count == 0 && !isAll)
        {
            return AdminProblem.BadRequest("bad-value", "It must be said what is to be forgotten: 'urls', 'tags' or 'prefixes', or 'all' as true.");
        }

        if (pipeline is not IRequestPipeline<ProxyRequest, ProxyResponse> { Cache: { } stored } http || HttpCache.Of(http) is not { } cache)
        {
            return AdminProblem.Conflict("keeps-nothing", $"The pipeline '{pipeline.Name}' keeps no answers of HTTP.");
        }

        if (urls.Concat(prefixes).FirstOrDefault(static url => !CacheKey.TrySplit(url, out _)) is { } wrong)
        {
            return AdminProblem.BadRequest("bad-value", $"'{wrong}' is no address that clients ask for, such as http://shop.example/products/1.");
        }

        if (!_limit.TryTake(tags.Count + prefixes.Count + (isAll ? 1 : 0), out var retryAfter))
        {
            return AdminProblem.TooMany("too-many-purges", "More tags and prefixes were purged than admin.purge-rate allows.", retryAfter);
        }

        var addresses = AddressesOf(pipeline.Name, urls, static (RoutedUrl route, in CacheAddress asked, out CacheAddress stored) => route.TryMap(asked, out stored));
        var beginnings = AddressesOf(pipeline.Name, prefixes, static (RoutedUrl route, in CacheAddress asked, out CacheAddress stored) => route.TryMapPrefix(asked, out stored));
        if (isSoft)
        {
            Expire(cache, addresses, tags, beginnings, isAll);
            await cache.SoftStore.WriteAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }

        foreach (var tag in tags.Where(static tag => tag.Length > 0))
        {
            await stored.RemoveByTagAsync(tag, cancellationToken).ConfigureAwait(false);
        }

        foreach (var prefix in beginnings)
        {
            await stored.RemoveByPrefixAsync(prefix.Key!, cancellationToken).ConfigureAwait(false);
        }

        if (isAll)
        {
            await stored.ClearAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (var address in addresses)
        {
            await cache.PurgeAsync(address).ConfigureAwait(false);
        }

        return null;
    }

    private static void Expire(HttpCache cache, HashSet<CacheAddress> addresses, IReadOnlyList<string> tags, HashSet<CacheAddress> prefixes, bool isAll)
    {
        var now = cache.Clock.Now;
        foreach (var tag in tags)
        {
            cache.Soft.MarkTag(tag, now);
        }

        foreach (var prefix in prefixes)
        {
            cache.Soft.MarkPrefix(prefix.Key!, now);
        }

        if (isAll)
        {
            cache.Soft.MarkAll(now);
        }

        foreach (var address in addresses)
        {
            cache.Expire(address);
        }
    }

    // What is named itself comes first: it is what backends are asked for, and what an HttpClient asks, which goes by no route.
    private HashSet<CacheAddress> AddressesOf(string pipeline, IReadOnlyList<string> urls, Mapping map)
    {
        var found = new HashSet<CacheAddress>();
        if (urls.Count == 0)
        {
            return found;
        }

        var routes = _routed.To(pipeline);
        foreach (var url in urls)
        {
            CacheKey.TrySplit(url, out var asked);
            found.Add(asked);
            foreach (var route in routes)
            {
                if (map(route, asked, out var stored))
                {
                    found.Add(stored);
                }
            }
        }

        return found;
    }

    private delegate bool Mapping(RoutedUrl route, in CacheAddress asked, out CacheAddress stored);
}
