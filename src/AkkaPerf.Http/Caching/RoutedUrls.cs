using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Caching;

/// <summary>What the routes of an application make of URLs as clients ask for them. Any thread.</summary>
internal sealed class RoutedUrls
{
    private readonly IServiceProvider _services;
    private ChangingRoutes? _changing;

    /// <param name="services">The application's, whose routes are looked up anew each time: they may change while it runs.</param>
    public RoutedUrls(IServiceProvider services) => _services = services;

    /// <summary>The routes that lead to a pipeline.</summary>
    public IReadOnlyList<RoutedUrl> To(string pipeline) => Endpoints is { } endpoints
        ? [.. UrlsOf(endpoints).Where(one => one.Pipeline == pipeline).Select(static one => one.Url)]
        : [];

    /// <summary>Those of them that store what they take under other targets than clients ask for: few, if any. Not made anew while the routes stay.</summary>
    public IReadOnlyList<RoutedUrl> Changing(string pipeline)
    {
        if (Endpoints is not { } endpoints)
        {
            return [];
        }

        // An application keeps the list of its endpoints until there is another one.
        var known = Volatile.Read(ref _changing);
        if (known is null || !ReferenceEquals(known.Endpoints, endpoints))
        {
            var urls = UrlsOf(endpoints).Where(static one => one.Url.ChangesTargets).ToLookup(static one => one.Pipeline, static one => one.Url, StringComparer.Ordinal);
            known = new ChangingRoutes(endpoints, urls.ToDictionary(static one => one.Key, static one => one.ToArray(), StringComparer.Ordinal));
            Volatile.Write(ref _changing, known);
        }

        return known.Urls.GetValueOrDefault(pipeline, []);
    }

    private IReadOnlyList<Endpoint>? Endpoints => _services.GetService<EndpointDataSource>()?.Endpoints;

    private static IEnumerable<(string Pipeline, RoutedUrl Url)> UrlsOf(IReadOnlyList<Endpoint> endpoints)
    {
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<PipelineRoute>() is { } found)
            {
                yield return (found.Pipeline, new RoutedUrl(endpoint, found.Route));
            }
        }
    }

    private sealed record ChangingRoutes(IReadOnlyList<Endpoint> Endpoints, Dictionary<string, RoutedUrl[]> Urls);
}
