using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Browser.Tests;

/// <summary>A server to forward to, which can be killed and comes back at the same address.</summary>
internal sealed class TestOrigin : IAsyncDisposable
{
    private readonly string _name;
    private readonly TimeSpan _delay;
    private WebApplication _app = null!;

    private TestOrigin(string name, TimeSpan delay) => (_name, _delay) = (name, delay);

    public int Port { get; private set; }

    public string Hocon => $"{{ id = {_name}, address = \"http://127.0.0.1:{Port}\" }}";

    public static async Task<TestOrigin> StartAsync(string name, TimeSpan delay = default)
    {
        var origin = new TestOrigin(name, delay);
        await origin.StartAsync();
        return origin;
    }

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Port));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        Port = new Uri(_app.Urls.First()).Port;
    }

    /// <summary>Ends at once, whatever is inside.</summary>
    public async Task KillAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/kept", StringComparison.Ordinal))
        {
            context.Response.Headers.CacheControl = "max-age=60";
        }
        else if (path != "/health" && _delay > TimeSpan.Zero)
        {
            await Task.Delay(_delay, context.RequestAborted);
        }

        await context.Response.WriteAsync(_name, context.RequestAborted);
    }
}
