using System.Net;
using System.Threading.RateLimiting;
using AkkaPerf.Benchmarks.Overload;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>YARP as its users run it: in-memory routes, round robin, no logging; with its caching, its compression and a limiter or without.</summary>
internal static class YarpProxy
{
    public static async Task<int> RunAsync(string[] args, bool isCaching, bool isCompressing = false, bool isLimiting = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, new Uri(args[0]).Port);
            kestrel.Listen(IPAddress.Loopback, new Uri(args[1]).Port, listener => listener.Protocols = HttpProtocols.Http2);
        });
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = args[2] == "inline");
        builder.Services.AddReverseProxy().LoadFromMemory(
            [
                new RouteConfig
                {
                    RouteId = "all",
                    ClusterId = "origins",
                    Match = new RouteMatch { Path = "/{**path}" },
                    OutputCachePolicy = isCaching ? "all" : null,
                },
            ],
            [
                new ClusterConfig
                {
                    ClusterId = "origins",
                    LoadBalancingPolicy = "RoundRobin",
                    Destinations = args.Skip(3).ToDictionary(address => address, address => new DestinationConfig { Address = address }),
                },
            ]);
        if (isCaching)
        {
            builder.Services.AddOutputCache(cache => cache.AddPolicy("all", policy =>
            {
                policy.Expire(TimeSpan.FromHours(1));
                if (isCompressing)
                {
                    policy.SetVaryByHeader("Accept-Encoding");
                }
            }));
        }

        if (isCompressing)
        {
            builder.Services.AddResponseCompression();
        }

        if (isLimiting)
        {
            builder.Services.AddRateLimiter(static limiter =>
            {
                limiter.RejectionStatusCode = StatusCodes.Status503ServiceUnavailable;
                limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(static _ => RateLimitPartition.GetConcurrencyLimiter(
                    "all", static _ => new ConcurrencyLimiterOptions { PermitLimit = HttpOverloadCommand.Permits, QueueLimit = HttpOverloadCommand.Queue }));
            });
        }

        await using var app = builder.Build();
        if (isLimiting)
        {
            app.UseRateLimiter();
        }

        if (isCaching)
        {
            app.UseOutputCache();
        }

        // Inside the cache, so that what is kept is compressed already.
        if (isCompressing)
        {
            app.UseResponseCompression();
        }

        app.MapReverseProxy();
        await app.RunAsync();
        return 0;
    }
}
