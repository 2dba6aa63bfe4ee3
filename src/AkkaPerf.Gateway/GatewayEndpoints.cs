using AkkaPerf.Http.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Gateway;

/// <summary>The routes as endpoints, which can be exchanged while requests run: each request keeps the route that it was given.</summary>
internal sealed class GatewayEndpoints : EndpointDataSource
{
    private readonly Lock _gate = new();
    private IReadOnlyList<Endpoint> _endpoints = [];
    private CancellationTokenSource _changed = new();

    public override IReadOnlyList<Endpoint> Endpoints => Volatile.Read(ref _endpoints);

    public override IChangeToken GetChangeToken()
    {
        lock (_gate)
        {
            return new CancellationChangeToken(_changed.Token);
        }
    }

    /// <summary>Makes the endpoints of a configuration, without using them yet.</summary>
    public static IReadOnlyList<Endpoint> Make(GatewayConfiguration configuration, IServiceProvider services)
    {
        var sink = new Sink(services);
        if (configuration.IsDemo)
        {
            sink.MapPipeline("/{**path}", configuration.Pipelines[0], new Http.Routing.HttpRouteOptions().Use(configuration.Options.Proxy).Use(configuration.Options.Compression));
        }

        foreach (var route in configuration.Options.Routes)
        {
            route.Use(configuration.Options.Proxy).Use(configuration.Options.Compression);
            var endpoint = route.IsForAssets ? sink.MapAssets(route.Match, route.Assets, route) : sink.MapPipeline(route.Match, route.Pipeline, route);
            if (route.Host.Length > 0)
            {
                endpoint.RequireHost(route.AsciiHost);
            }

            if (route.Methods.Count > 0)
            {
                endpoint.WithMetadata(new HttpMethodMetadata(route.Methods));
            }
        }

        return [.. sink.DataSources.SelectMany(static source => source.Endpoints)];
    }

    /// <summary>Routes by these from now on.</summary>
    public void Use(IReadOnlyList<Endpoint> endpoints)
    {
        CancellationTokenSource before;
        lock (_gate)
        {
            Volatile.Write(ref _endpoints, endpoints);
            before = _changed;
            _changed = new CancellationTokenSource();
        }

        // Whoever reads the endpoints does so anew; nobody can register with it any more.
        before.Cancel();
        before.Dispose();
    }

    private sealed class Sink(IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(services, new FeatureCollection());
    }
}
