using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Registry;
using Polly.Retry;
using Polly.Timeout;
using Yarp.ReverseProxy.Configuration;
using ZiggyCreatures.Caching.Fusion;
using HttpResults = Microsoft.AspNetCore.Http.Results;

namespace AkkaPerf.Benchmarks.Comparison;

/// <summary>One service before two backends, as it is put together today: YARP balances and probes, Polly limits and retries, FusionCache keeps. The README shows its middle.</summary>
internal static class TodaysService
{
    public static WebApplication Build(string first, string second, string self)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(self);

        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "products", ClusterId = "products", Match = new RouteMatch { Path = "/products/{**rest}" } }],
            [
                new ClusterConfig
                {
                    ClusterId = "products",
                    LoadBalancingPolicy = "PowerOfTwoChoices",
                    HealthCheck = new HealthCheckConfig
                    {
                        Active = new ActiveHealthCheckConfig { Enabled = true, Interval = TimeSpan.FromSeconds(5), Timeout = TimeSpan.FromSeconds(2), Path = "/health" },
                        Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = "TransportFailureRate", ReactivationPeriod = TimeSpan.FromSeconds(30) },
                    },
                    Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal) { ["a"] = new() { Address = first }, ["b"] = new() { Address = second } },
                },
            ]);
        builder.Services.AddFusionCache().WithDefaultEntryOptions(options =>
        {
            options.Duration = TimeSpan.FromMinutes(1);
            options.IsFailSafeEnabled = true;
            options.FailSafeMaxDuration = TimeSpan.FromHours(1);
        });
        builder.Services.AddResiliencePipeline<string, Product?>("products", pipeline => pipeline
            .AddConcurrencyLimiter(permitLimit: 64, queueLimit: 16)
            .AddTimeout(TimeSpan.FromSeconds(2))
            .AddRetry(new RetryStrategyOptions<Product?> { MaxRetryAttempts = 1, UseJitter = true })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Product?>()));
        builder.Services.AddHttpClient("products", client => client.BaseAddress = new Uri(self));    // through the proxy, or nothing balances

        var app = builder.Build();
        app.MapReverseProxy();
        app.MapGet("/api/products/{id:int}", async (
            int id, IFusionCache cache, ResiliencePipelineProvider<string> resilience, IHttpClientFactory clients, CancellationToken ct) =>
        {
            try
            {
                var product = await cache.GetOrSetAsync<Product?>(
                    $"product:{id}",
                    async (_, token) => await resilience.GetPipeline<Product?>("products").ExecuteAsync(
                        async t => await clients.CreateClient("products").GetFromJsonAsync<Product>($"/products/{id}", t), token),
                    token: ct);
                return HttpResults.Ok(product);
            }
            catch (RateLimiterRejectedException)
            {
                return HttpResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
            }
            catch (Exception exception) when (exception is TimeoutRejectedException or BrokenCircuitException)
            {
                return HttpResults.StatusCode(StatusCodes.Status504GatewayTimeout);
            }
        });
        return app;
    }
}
