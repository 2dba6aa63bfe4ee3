using AkkaPerf.Hosting;
using AkkaPerf.Http.Admin;
using AkkaPerf.Http.Assets;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Express;
using AkkaPerf.Http.Loops;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Sending;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Hosting;

/// <summary>Leads an application's requests to pipelines.</summary>
public static class HttpEndpoints
{
    /// <summary>Forwards what matches a pattern, whatever its method, through a pipeline defined by <c>WithHttpPipeline</c>.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">A route pattern such as <c>/api/{**path}</c>; it is matched against the decoded path, the raw one is forwarded.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    public static IEndpointConventionBuilder MapPipeline(this IEndpointRouteBuilder endpoints, string pattern, string pipeline) =>
        endpoints.MapPipeline(pattern, pipeline, new HttpRouteOptions());

    /// <inheritdoc cref="MapPipeline(IEndpointRouteBuilder, string, string, HttpRouteOptions)" />
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">A route pattern such as <c>/api/{**path}</c>; it is matched against the decoded path, the raw one is forwarded.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="configure">Says what is special about the route.</param>
    public static IEndpointConventionBuilder MapPipeline(
        this IEndpointRouteBuilder endpoints, string pattern, string pipeline, Action<HttpRouteOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var route = new HttpRouteOptions();
        configure(route);
        return endpoints.MapPipeline(pattern, pipeline, route);
    }

    /// <summary>Forwards what matches a pattern and a route's conditions, and changes on the way what the route says.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">A route pattern such as <c>/api/{**path}</c>; it is matched against the decoded path, the raw one is forwarded.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="route">What is special about the route.</param>
    /// <exception cref="ArgumentException">The route's options are not valid; the message names each fault.</exception>
    /// <exception cref="InvalidOperationException">The route has conditions on headers or query, and <c>AddAkkaPerfHttp</c> was not called.</exception>
    public static IEndpointConventionBuilder MapPipeline(
        this IEndpointRouteBuilder endpoints, string pattern, string pipeline, HttpRouteOptions route)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(pipeline);
        ArgumentNullException.ThrowIfNull(route);
        RouteValidation.ThrowIfFaulty(route, pattern);
        StrictServer.RefuseBareLineFeeds();
        var target = endpoints.ServiceProvider.GetRequiredKeyedService<IRequestPipeline<ProxyRequest, ProxyResponse>>(pipeline);
        var counts = CompressionCounts.Of(endpoints.ServiceProvider, pipeline);
        var services = endpoints.ServiceProvider;
        var neighbours = services.GetService<IPipelines>() is { } all ? new CacheNeighbours(all, services.GetService<RoutedUrls>() ?? new RoutedUrls(services)) : null;
        var ready = new HttpRoute(route, counts);
        var endpoint = endpoints
            .Map(pattern, new ProxyEndpoint(target, ready, neighbours).HandleAsync)
            .WithMetadata(new PipelineRoute(pipeline, ready))
            .WithDisplayName($"AkkaPerf pipeline {pipeline}");
        return Conclude(endpoint, endpoints.ServiceProvider, route);
    }

    /// <summary>Serves the files of a directory that a pattern's catch-all parameter names; <c>GET</c> and <c>HEAD</c>, any other method is a 405.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">A route pattern such as <c>/static/{**path}</c>; without such a parameter the request's whole path names the file.</param>
    /// <param name="assets">The directory, and how it is served.</param>
    /// <param name="route">What is special about the route; null for nothing. What concerns backends means nothing here.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message names each fault.</exception>
    public static IEndpointConventionBuilder MapAssets(this IEndpointRouteBuilder endpoints, string pattern, AssetOptions assets, HttpRouteOptions? route = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(assets);
        route ??= new HttpRouteOptions();
        RouteValidation.ThrowIfFaulty(route, assets, pattern);
        StrictServer.RefuseBareLineFeeds();
        var parameter = RoutePatternFactory.Parse(pattern).Parameters.FirstOrDefault(static one => one.IsCatchAll)?.Name;
        var counts = CompressionCounts.Of(endpoints.ServiceProvider, pipeline: null);
        var endpoint = endpoints
            .Map(pattern, new AssetEndpoint(assets, new HttpRoute(route, counts), parameter, TimeProvider.System).HandleAsync)
            .WithDisplayName($"AkkaPerf assets {assets.Directory}");
        return Conclude(endpoint, endpoints.ServiceProvider, route);
    }

    /// <summary>
    /// Calls <c>UseRouting</c>, and before it takes away two spellings by which a request could get past a route: routes see a path
    /// without empty segments (<c>//admin</c> is <c>/admin</c>), and a host without a dot at its end, for all endpoints of the application.
    /// </summary>
    /// <remarks>The target is forwarded as it came; the host, which is the same to DNS, without the dot.</remarks>
    public static IApplicationBuilder UseNormalizedRouting(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.Use(NormalizedRouting.Wrap).UseRouting();
    }

    /// <summary>Answers what no route takes, 404 or 405, with a short problem like every other refusal; to stand right behind <c>UseRouting</c> or <see cref="UseNormalizedRouting"/>.</summary>
    public static IApplicationBuilder UseUnroutedProblem(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.Use(UnroutedRequests.HandleAsync);
    }

    /// <summary>
    /// Shows the pipelines as JSON: <c>/health/live</c>, <c>/health/ready</c>, <c>/pipelines</c>, <c>/pipelines/{name}</c>. Only for those who
    /// ask by a loopback name or the listener's own address, which keeps web pages out that a browser here has open.
    /// </summary>
    public static RouteGroupBuilder MapAkkaPerfAdmin(this IEndpointRouteBuilder endpoints) => endpoints.MapAkkaPerfAdmin(new AdminAccessOptions());

    /// <inheritdoc cref="MapAkkaPerfAdmin(IEndpointRouteBuilder)" />
    /// <param name="endpoints">The application, or a group of it.</param>
    /// <param name="access">Who may ask. What else is mapped on the returned group is guarded likewise.</param>
    public static RouteGroupBuilder MapAkkaPerfAdmin(this IEndpointRouteBuilder endpoints, AdminAccessOptions access)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(access);
        return AdminEndpoints.Map(endpoints, access);
    }

    /// <summary>Has header values pass as the bytes they are, both ways, instead of being refused unless they are UTF-8 or ASCII; a Content-Length must be digits.</summary>
    public static KestrelServerOptions PassHeaderBytes(this KestrelServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        StrictServer.ReadBytes(options);
        return options;
    }

    /// <summary>Sends what is written from where it is written, without the transport's pipe in between. To be called first: before <c>UseHttps</c>, and whatever else wraps a connection.</summary>
    /// <remarks>Connections that are no sockets stay as they are.</remarks>
    public static ListenOptions SendDirectly(this ListenOptions listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        ((IConnectionBuilder)listener).Use(DirectSending.Wrap);
        return listener;
    }

    /// <summary>
    /// Has clients' connections watched by event loops of our own, one for each processor, where the machine can (Linux on x64 or arm64); elsewhere, and for what is no
    /// address of IP, by the runtime's. They know when a socket has been emptied, and so save every read that would find nothing. To be called after <c>UseSockets</c>.
    /// </summary>
    /// <remarks>Requests go on on the loops' threads, so nothing that takes part in them may block; backends' connections are <see cref="HttpPipelineOptions.UseEventLoops"/>'s.</remarks>
    public static IWebHostBuilder UseEventLoops(this IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return EventLoops.AreSupported ? builder.ConfigureServices(static services => services.AddSingleton<IConnectionListenerFactory, LoopTransport>()) : builder;
    }

    /// <summary>
    /// Sends answers of HTTP/2 that come at about the same moment together: a send for several of them, and what their client asks next comes together
    /// as well. To be called behind <see cref="SendDirectly"/>, <c>UseHttps</c> and what sets the listener's protocols.
    /// </summary>
    /// <remarks>What is flushed waits for a turn of the thread pool, or two. Connections of HTTP/1.1 stay as they are.</remarks>
    public static ListenOptions SendGathered(this ListenOptions listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        ((IConnectionBuilder)listener).Use(next => GatheredSending.Wrap(next, listener));
        return listener;
    }

    /// <summary>
    /// Serves plain requests (GET or HEAD over HTTP/1.1 without anything unusual) the short way, without the server's own HTTP layer; the server has all others.
    /// To be called last: behind <see cref="SendDirectly"/>, <c>UseHttps</c>, what sets the listener's protocols and whatever else reads a connection.
    /// </summary>
    /// <remarks>
    /// Such requests do not show in the host's own logs, spans and figures of requests. They pass everything that stands before the application, but for
    /// an <c>IStartupFilter</c> that is put before all others after <c>AddAkkaPerfHttp</c> was called.
    /// </remarks>
    /// <param name="listener">The listener; its limits are the server's, as they are when it is called.</param>
    /// <exception cref="InvalidOperationException"><c>AddAkkaPerfHttp</c> was not called.</exception>
    public static ListenOptions ServeExpress(this ListenOptions listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        StrictServer.RefuseBareLineFeeds();
        var server = listener.ApplicationServices.GetService<ExpressServer>()
            ?? throw new InvalidOperationException("The short way needs AddAkkaPerfHttp(): call builder.Services.AddAkkaPerfHttp().");
        ((IConnectionBuilder)listener).Use(next => server.Wrap(next, listener));
        return listener;
    }

    private static IEndpointConventionBuilder Conclude(IEndpointConventionBuilder endpoint, IServiceProvider services, HttpRouteOptions route)
    {
        var conditions = new RouteConditions(route.Headers, route.Query);
        if (services.GetServices<MatcherPolicy>().OfType<RouteConditionsPolicy>().FirstOrDefault() is { } policy)
        {
            endpoint.WithMetadata(policy.NextPlace());
        }
        else if (conditions.Count > 0)
        {
            throw new InvalidOperationException("A route with conditions on headers or query needs AddAkkaPerfHttp(): call builder.Services.AddAkkaPerfHttp().");
        }

        if (conditions.Count > 0)
        {
            endpoint.WithMetadata(conditions);
        }

        if (route.Order != 0)
        {
            endpoint.Add(builder => ((RouteEndpointBuilder)builder).Order = route.Order);
        }

        return endpoint;
    }
}
