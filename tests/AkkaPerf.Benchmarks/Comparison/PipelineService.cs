using System.Net.Http.Json;
using Akka.Hosting;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using HttpResults = Microsoft.AspNetCore.Http.Results;

namespace AkkaPerf.Benchmarks.Comparison;

/// <summary>The same service with AkkaPerf. The README shows its middle.</summary>
internal static class PipelineService
{
    public static WebApplication Build(string first, string second, string self)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(self);

        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("shop", akka => akka
            .AddHocon(
                $$"""
                akkaperf.pipelines.products {
                  backends = [{ id = a, address = "{{first}}" }, { id = b, address = "{{second}}" }]
                  balancing.policy = power-of-two-choices
                  health { path = "/health", interval = 5s }
                  throttle { concurrency = 64, queue = 16 }
                  timeout = 2s
                  cache.stale.if-error = 1h
                }
                """,
                HoconAddMode.Prepend)
            .WithHttpPipeline("products"));
        builder.Services.AddHttpClient("products", client => client.BaseAddress = new Uri("http://products/")).AddPipelineHandler("products");

        var app = builder.Build();
        app.MapPipeline("/products/{**path}", "products");
        app.MapGet("/api/products/{id:int}", async (int id, IHttpClientFactory clients, CancellationToken ct) =>
        {
            try
            {
                return HttpResults.Ok(await clients.CreateClient("products").GetFromJsonAsync<Product>($"/products/{id}", ct));
            }
            catch (PipelineRefusedException refused)
            {
                return HttpResults.StatusCode((int)refused.StatusCode!);
            }
        });
        return app;
    }
}
