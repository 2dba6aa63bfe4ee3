using System.Globalization;
using System.Net;
using AkkaPerf.Backends;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Gateway;

/// <summary>A few small servers to forward to, so that the gateway shows something before it is configured.</summary>
internal sealed class DemoOrigins : IAsyncDisposable
{
    // One in four: often enough to be seen, and the other origins look the same.
    private const int FailureOneIn = 4;

    private readonly List<WebApplication> _servers = [];

    /// <summary>The servers, as a pipeline's backends.</summary>
    public List<BackendOptions> Backends { get; } = [];

    public static async Task<DemoOrigins> StartAsync(int count, CancellationToken cancellationToken)
    {
        var origins = new DemoOrigins();
        for (var i = 1; i <= count; i++)
        {
            await origins.AddAsync($"origin-{i}", cancellationToken).ConfigureAwait(false);
        }

        return origins;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    // Handlers that write for themselves: those that return a value are compiled at the start, which costs an idle gateway more memory than all the rest of this.
    private static void Map(WebApplication app, string name)
    {
        app.MapGet("/", context => WriteAsync(context, $"Hello from {name}.\n"));
        app.MapGet("/health", context => WriteAsync(context, "ok\n"));
        app.MapGet("/slow", context => SlowAsync(context, name));
        app.MapGet("/fail", context =>
        {
            var fails = Random.Shared.Next(FailureOneIn) == 0;
            context.Response.StatusCode = fails ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK;
            return WriteAsync(context, fails ? $"{name} failed, as it does at times.\n" : $"{name} did not fail this time.\n");
        });
        app.MapGet("/cacheable", context =>
        {
            context.Response.Headers.CacheControl = "max-age=10";
            return WriteAsync(context, $"{name} says it is {TimeProvider.System.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)}, for ten seconds.\n");
        });
        app.Map("/echo/{**path}", EchoAsync);
    }

    private static async Task SlowAsync(HttpContext context, string name)
    {
        const int Longest = 60_000;
        var asked = context.Request.Query["ms"].ToString();
        if (!int.TryParse(asked.Length == 0 ? "1000" : asked, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) || milliseconds > Longest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await WriteAsync(context, $"ms is '{asked}'; allowed is a number of milliseconds up to {Longest}.\n").ConfigureAwait(false);
            return;
        }

        await Task.Delay(milliseconds, context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, $"{name} took its {milliseconds} ms.\n").ConfigureAwait(false);
    }

    private static Task WriteAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = text.Length;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var request = context.Request;
        var writer = new StringWriter(CultureInfo.InvariantCulture);
        await writer.WriteLineAsync($"{request.Method} {request.Path}{request.QueryString}").ConfigureAwait(false);
        foreach (var (header, values) in request.Headers)
        {
            await writer.WriteLineAsync($"{header}: {values}").ConfigureAwait(false);
        }

        await writer.WriteLineAsync().ConfigureAwait(false);
        await context.Response.WriteAsync(writer.ToString(), context.RequestAborted).ConfigureAwait(false);
        await request.Body.CopyToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task AddAsync(string name, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "AkkaPerf.Gateway" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        builder.Services.AddRouting();

        // The gateway handles the signals; its origins stop after it.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        Map(app, name);
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        _servers.Add(app);
        var address = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        Backends.Add(new BackendOptions { Id = name, Address = new Uri(address) });

        // The first request is compiled while it runs, which would cost the first probe its time.
        using var client = new HttpClient();
        await client.GetStringAsync(new Uri($"{address}/health"), cancellationToken).ConfigureAwait(false);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
