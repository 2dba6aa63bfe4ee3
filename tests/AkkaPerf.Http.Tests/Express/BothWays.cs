using System.Net;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Tests.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Express;

/// <summary>One application behind two listeners: the server's own way, and the short one.</summary>
internal sealed class BothWays : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _express;
    private int _servers;

    private BothWays(WebApplication app, LogLines log)
    {
        _app = app;
        Log = log;
    }

    /// <summary>What was logged.</summary>
    public LogLines Log { get; }

    /// <summary>Where the server itself answers.</summary>
    public Uri Server => new(_app.Urls.First());

    /// <summary>Where plain requests go the short way.</summary>
    public Uri Express => new(_app.Urls.Last());

    /// <summary>How many requests came the short way.</summary>
    public int ExpressCount => Volatile.Read(ref _express);

    /// <summary>How many came the server's.</summary>
    public int ServerCount => Volatile.Read(ref _servers);

    public static async Task<BothWays> StartAsync(RequestDelegate handle, Action<KestrelServerOptions>? serve = null, Action<IServiceCollection>? add = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var log = new LogLines();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddAkkaPerfHttp();
        add?.Invoke(builder.Services);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.PassHeaderBytes();
            kestrel.AddServerHeader = false;
            serve?.Invoke(kestrel);
            kestrel.Listen(IPAddress.Loopback, port: 0, static listener => listener.SendDirectly());
            kestrel.Listen(IPAddress.Loopback, port: 0, static listener => listener.SendDirectly().ServeExpress());
        });
        var app = builder.Build();
        var both = new BothWays(app, log);
        app.Run(context =>
        {
            Interlocked.Increment(ref context is Http.Express.ExpressContext ? ref both._express : ref both._servers);
            return handle(context);
        });
        await app.StartAsync();
        return both;
    }

    /// <summary>Sends the same bytes both ways, and gives what came back until the connection was closed, comparable.</summary>
    public async Task<(string Server, string Express)> AskAsync(string bytes) =>
        (Comparable(await RawConnection.AskAsync(Server, bytes)), Comparable(await RawConnection.AskAsync(Express, bytes)));

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Answers with the fields of each head in one order and without their time.</summary>
    public static string Comparable(string answers)
    {
        var text = new System.Text.StringBuilder();
        while (answers.Length > 0)
        {
            var end = answers.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0 || !answers.StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
            {
                return text.Append(answers).ToString();
            }

            var lines = answers[..end].Split("\r\n");
            var fields = lines[1..].Where(static line => !line.StartsWith("Date: ", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
            text.Append(lines[0]).Append('\n').AppendJoin('\n', fields).Append("\n\n");
            answers = answers[(end + 4)..];
            var next = answers.IndexOf("HTTP/1.1 ", StringComparison.Ordinal);
            var body = next < 0 ? answers : answers[..next];
            text.Append(body).Append("\n--\n");
            answers = answers[body.Length..];
        }

        return text.ToString();
    }
}
