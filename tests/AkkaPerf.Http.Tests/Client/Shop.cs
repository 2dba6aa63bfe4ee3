using System.Globalization;
using System.Net;
using Akka.Hosting;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Client;

/// <summary>An application whose HttpClient named shop has a pipeline, which it maps to its own visitors too.</summary>
internal sealed class Shop : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Shop(WebApplication app)
    {
        _app = app;
        Client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
    }

    public HttpClient Client { get; }

    /// <summary>Where its visitors ask.</summary>
    public Uri Address => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

    public IRequestPipeline Pipeline => _app.Services.GetRequiredService<IPipelines>().All[0];

    public static Task<Shop> OpenAsync(params Uri[] backends) => OpenAsync("", backends);

    public static Task<Shop> OpenAsync(string hocon, params Uri[] backends) => OpenAsync(hocon, configure: null, addTo: null, backends);

    public static async Task<Shop> OpenAsync(
        string hocon, Action<HttpPipelineOptions>? configure, Action<IHttpClientBuilder>? addTo, params Uri[] backends)
    {
        var list = string.Join(", ", backends.Select((address, i) => string.Create(
            CultureInfo.InvariantCulture, $"{{ id = b{i}, address = \"{address.GetLeftPart(UriPartial.Authority)}\" }}")));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        builder.Services.AddRouting();
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("test", akka => akka
            .AddHocon($"akka.loglevel = OFF\nakkaperf.pipeline {{ health.enabled = off\n backends = [{list}]\n{hocon}\n}}", HoconAddMode.Prepend)
            .WithHttpPipeline("shop", configure));
        var client = builder.Services.AddHttpClient("shop", client => client.BaseAddress = new Uri("http://shop/")).AddPipelineHandler("shop");
        addTo?.Invoke(client);
        var app = builder.Build();
        app.MapPipeline("/{**path}", "shop");
        await app.StartAsync();
        return new Shop(app);
    }

    /// <summary>Waits until nothing is held any more: no exchange, no permit, no lease.</summary>
    public Task IdleAsync() => Until.TrueAsync(
        () => Pipeline.Describe() is { InFlight: 0, Zombies: 0, Permits.InUse: 0 } snapshot
            && snapshot.Backends.All(backend => backend is { InFlight: 0, Connections: null or { Leased: 0, Waiting: 0 } }),
        "nothing is held");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
