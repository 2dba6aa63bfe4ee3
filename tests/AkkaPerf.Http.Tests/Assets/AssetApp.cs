using System.Net;
using AkkaPerf.Http.Assets;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Assets;

/// <summary>A directory of its own, and an application that serves it.</summary>
internal sealed class AssetApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly AssetFolder _folder;

    private AssetApp(WebApplication app, AssetFolder folder)
    {
        _app = app;
        _folder = folder;
    }

    public Uri Address => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

    /// <summary>Serves a folder, which goes with it.</summary>
    public static Task<AssetApp> StartAsync(AssetFolder folder, Action<AssetOptions>? configure = null, HttpRouteOptions? route = null) =>
        StartAsync(folder, "/{**path}", configure, route);

    public static async Task<AssetApp> StartAsync(AssetFolder folder, string pattern, Action<AssetOptions>? configure = null, HttpRouteOptions? route = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0, static listener => listener.ServeExpress()));
        builder.Services.AddAkkaPerfHttp();
        var app = builder.Build();
        var options = new AssetOptions { Directory = folder.Root, CheckInterval = TimeSpan.Zero };
        configure?.Invoke(options);
        app.MapAssets(pattern, options, route);
        await app.StartAsync();
        return new AssetApp(app, folder);
    }

    /// <summary>Asks for a target, as it is written, with header lines that each end in CRLF.</summary>
    public async Task<AssetAnswer> AskAsync(string target, string headers = "", string method = "GET") =>
        AssetAnswer.Parse(await RawConnection.AskAsync(Address, $"{method} {target} HTTP/1.1\r\nHost: any\r\n{headers}Connection: close\r\n\r\n"));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
