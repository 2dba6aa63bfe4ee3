using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Caching;

/// <summary>What the routes of an application make of URLs as clients ask for them. Any thread.</summary>
internal sealed class RoutedUrls
{
    private readonly IServiceProvider _services;

    /// <param name="services">The application's, whose routes are looked up anew each time: they may change while it runs.</param>
    public RoutedUrls(IServiceProvider services) => _services = services;

    /// <summary>The routes that lead to a pipeline.</summary>
    public IReadOnlyList<RoutedUrl> To(string pipeline) => _services.GetService<EndpointDataSource>() is { } source
        ? [.. source.Endpoints.OfType<RouteEndpoint>().Select(endpoint => UrlOf(endpoint, pipeline)).OfType<RoutedUrl>()]
        : [];

    private static RoutedUrl? UrlOf(RouteEndpoint endpoint, string pipeline) =>
        endpoint.Metadata.GetMetadata<PipelineRoute>() is { } found && found.Pipeline == pipeline ? new RoutedUrl(endpoint, found.Route) : null;
}
