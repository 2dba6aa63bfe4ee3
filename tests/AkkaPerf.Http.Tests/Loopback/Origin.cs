using System.Net;
using System.Security.Cryptography.X509Certificates;
using AkkaPerf.Http.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A real server to forward to.</summary>
internal sealed class Origin : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Origin(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static Task<Origin> StartAsync(RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1AndHttp2) =>
        StartAsync(handle, listener => listener.Protocols = protocols);

    /// <summary>The same for one version of HTTP, with TLS if there is a certificate.</summary>
    public static Task<Origin> StartAsync(RequestDelegate handle, bool isHttp2, X509Certificate2? certificate = null)
    {
        var protocols = isHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        return certificate is null ? StartAsync(handle, protocols) : StartTlsAsync(certificate, handle, protocols);
    }

    /// <summary>The same with TLS.</summary>
    public static Task<Origin> StartTlsAsync(X509Certificate2 certificate, RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1AndHttp2) =>
        StartAsync(handle, listener =>
        {
            listener.Protocols = protocols;
            listener.UseHttps(certificate);
        });

    /// <summary>Answers without end. That nobody hears it any more is known by the end of this: a registered callback may come after it.</summary>
    public static async Task PourAsync(HttpContext context, TaskCompletionSource isGone)
    {
        try
        {
            var chunk = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
        }
        finally
        {
            isGone.TrySetResult();
        }
    }

    private static async Task<Origin> StartAsync(RequestDelegate handle, Action<ListenOptions> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.PassHeaderBytes();
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port: 0, configure);
        });
        builder.Services.Configure<WebSocketOptions>(_ => { });
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(handle);
        await app.StartAsync();
        return new Origin(app);
    }

    public async ValueTask DisposeAsync()
    {
        // No grace: whoever kills an origin means it.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
