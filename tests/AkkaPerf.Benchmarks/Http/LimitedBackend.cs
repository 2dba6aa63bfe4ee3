using System.Globalization;
using System.Net;
using AkkaPerf.Benchmarks.Overload;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>A server of so many workers, each busy for so many milliseconds with a request; who comes meanwhile waits, without a bound.</summary>
internal static class LimitedBackend
{
    /// <summary>Port, workers, milliseconds.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (port, workers, milliseconds) = (Number(args[0]), Number(args[1]), Number(args[2]));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var service = TimeSpan.FromMilliseconds(milliseconds);
        using var server = new QueueingServer(workers, service, service, seed: 1);
        var body = Enumerable.Repeat((byte)'x', Site.SmallLength).ToArray();
        var served = 0;
        await using var app = builder.Build();
        app.Run(async context =>
        {
            // It finishes what was given up, as servers do.
            await server.AskAsync(0, CancellationToken.None);
            context.Response.ContentType = "text/plain";
            context.Response.ContentLength = body.Length;
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Served"] = Interlocked.Increment(ref served).ToString(CultureInfo.InvariantCulture);
            await context.Response.Body.WriteAsync(body);
        });
        await app.RunAsync();
        return 0;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
