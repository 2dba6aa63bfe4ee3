using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Akka.Hosting;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>An application of its own that forwards everything through one pipeline, as a user would write it.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Proxy(WebApplication app)
    {
        _app = app;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
    }

    public Uri Address => new(_app.Urls.First());

    /// <summary>The same for clients that speak HTTP/2.</summary>
    public Uri Http2Address => new(_app.Urls.Last());

    /// <summary>An ordinary client.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public IRequestPipeline Pipeline => _app.Services.GetRequiredService<IPipelines>().All[0];

    public static Task<Proxy> ToAsync(params Uri[] backends) => ToAsync("", configure: null, backends);

    public static Task<Proxy> ToAsync(string hocon, Action<HttpPipelineOptions>? configure, params Uri[] backends) =>
        StartAsync(hocon, configure, serve: null, static app => app.MapPipeline("/{**path}", "shop"), backends);

    /// <summary>The same with routes of its own.</summary>
    public static Task<Proxy> ToAsync(string hocon, Action<HttpPipelineOptions>? configure, Action<WebApplication> map, params Uri[] backends) =>
        StartAsync(hocon, configure, serve: null, map, backends);

    /// <summary>One whose server has other limits than those of the rest, which are none for bodies.</summary>
    public static Task<Proxy> WithServerAsync(Action<KestrelServerOptions> serve, string hocon, Action<HttpPipelineOptions>? configure, params Uri[] backends) =>
        StartAsync(hocon, configure, serve, static app => app.MapPipeline("/{**path}", "shop"), backends);

    /// <summary>One with a second level of its cache.</summary>
    public static Task<Proxy> WithStoreAsync(IDistributedCache store, string hocon, Action<HttpPipelineOptions>? configure, params Uri[] backends) =>
        StartAsync(hocon, configure, serve: null, static app => app.MapPipeline("/{**path}", "shop"), backends, pipeline => pipeline.UseDistributed(store));

    /// <summary>The same with routes of its own.</summary>
    public static Task<Proxy> WithStoreAsync(IDistributedCache store, string hocon, Action<HttpPipelineOptions>? configure, Action<WebApplication> map, params Uri[] backends) =>
        StartAsync(hocon, configure, serve: null, map, backends, pipeline => pipeline.UseDistributed(store));

    /// <summary>One with a second pipeline, <c>other</c>, to the same backends.</summary>
    public static Task<Proxy> WithOtherAsync(string hocon, Action<WebApplication> map, params Uri[] backends) =>
        StartAsync(hocon, configure: null, serve: null, map, backends, define: null, hasOther: true);

    /// <summary>One that is asked over TLS.</summary>
    /// <param name="certificate">What it shows.</param>
    /// <param name="isDirect">Whether it sends directly and serves express below and above TLS, as in cleartext; else as the gateway does it.</param>
    /// <param name="configure">The pipeline's options.</param>
    /// <param name="backends">Those behind it.</param>
    public static Task<Proxy> WithTlsAsync(X509Certificate2 certificate, bool isDirect, Action<HttpPipelineOptions>? configure, params Uri[] backends) => StartAsync(
        "",
        configure,
        serve: null,
        static app => app.MapPipeline("/{**path}", "shop"),
        backends,
        listen: listener => _ = isDirect ? listener.SendDirectly().UseHttps(certificate).ServeExpress() : listener.UseHttps(certificate));

    /// <summary>Waits until nothing is held any more: no exchange, no permit, no lease.</summary>
    public Task IdleAsync() => Until.TrueAsync(
        () => Pipeline.Describe() is { InFlight: 0, Zombies: 0, Permits.InUse: 0 } snapshot
            && snapshot.Backends.All(backend => backend is { InFlight: 0, Connections: null or { Leased: 0, Waiting: 0 } }),
        "nothing is held");

    /// <summary>Stops as an application does that is told to: it finishes what it has.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static async Task<Proxy> StartAsync(
        string hocon,
        Action<HttpPipelineOptions>? configure,
        Action<KestrelServerOptions>? serve,
        Action<WebApplication> map,
        Uri[] backends,
        Action<PipelineBuilder<ProxyRequest, ProxyResponse>>? define = null,
        bool hasOther = false,
        Action<ListenOptions>? listen = null)
    {
        var list = string.Join(", ", backends.Select((address, i) => string.Create(
            CultureInfo.InvariantCulture, $"{{ id = b{i}, address = \"{address.GetLeftPart(UriPartial.Authority)}\" }}")));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.PassHeaderBytes();
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            serve?.Invoke(kestrel);
            kestrel.Listen(IPAddress.Loopback, port: 0, listener => Listen(listener, HttpProtocols.Http1AndHttp2));
            kestrel.Listen(IPAddress.Loopback, port: 0, listener => Listen(listener, HttpProtocols.Http2));
        });
        builder.WebHost.UseEventLoops();
        builder.Services.AddAkkaPerfHttp();
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("test", akka =>
        {
            akka.AddHocon($"akka.loglevel = OFF\nakkaperf.pipeline {{ health.enabled = off\n backends = [{list}]\n{hocon}\n}}", HoconAddMode.Prepend)
                .WithHttpPipeline(
                    "shop",
                    http =>
                    {
                        // As in the gateway, unless a test says otherwise.
                        http.UseEventLoops = true;
                        configure?.Invoke(http);
                    },
                    define);
            if (hasOther)
            {
                akka.WithHttpPipeline("other");
            }
        });
        var app = builder.Build();
        app.MapGroup("/-").MapAkkaPerfAdmin();
        map(app);
        await app.StartAsync();
        return new Proxy(app);

        void Listen(ListenOptions listener, HttpProtocols protocols)
        {
            listener.Protocols = protocols;
            (listen ?? (static listener => listener.SendDirectly().ServeExpress()))(listener);
            listener.SendGathered();
        }
    }
}
