using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Actions;

/// <summary>Has stored responses forgotten: of URLs, of tags, of all URLs that begin alike, or all of them; in the processes that share the second level too.</summary>
/// <remarks>With <c>soft</c> they are kept, and stale from now on: asked for again, and given meanwhile as far as they allow it. That holds in this process alone.</remarks>
internal sealed class PurgeAction : IPipelineAction
{
    private const int Most = 1000;

    // Beyond a few hundred the oldest would become one of everything.
    private const int MostPrefixes = 50;

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

        if (isSoft)
        {
            Expire(cache, (urls, tags, prefixes), isAll);
            return null;
        }

        foreach (var tag in tags.Where(static tag => tag.Length > 0))
        {
            await stored.RemoveByTagAsync(tag, cancellationToken).ConfigureAwait(false);
        }

        foreach (var prefix in prefixes)
        {
            await stored.RemoveByPrefixAsync(CacheKey.Of(prefix)!, cancellationToken).ConfigureAwait(false);
        }

        if (isAll)
        {
            await stored.ClearAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (var url in urls)
        {
            CacheKey.TrySplit(url, out var address);
            await cache.PurgeAsync(address).ConfigureAwait(false);
        }

        return null;
    }

    private static void Expire(HttpCache cache, (IReadOnlyList<string> Urls, IReadOnlyList<string> Tags, IReadOnlyList<string> Prefixes) named, bool isAll)
    {
        var now = cache.Clock.Now;
        foreach (var tag in named.Tags)
        {
            cache.Soft.MarkTag(tag, now);
        }

        foreach (var prefix in named.Prefixes)
        {
            cache.Soft.MarkPrefix(CacheKey.Of(prefix)!, now);
        }

        if (isAll)
        {
            cache.Soft.MarkAll(now);
        }

        foreach (var url in named.Urls)
        {
            CacheKey.TrySplit(url, out var address);
            cache.Expire(address);
        }
    }
}
