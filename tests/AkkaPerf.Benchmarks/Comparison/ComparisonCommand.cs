using System.Globalization;
using System.Net.Http.Json;
using AkkaPerf.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Benchmarks.Comparison;

/// <summary>Runs the two services that the README compares, and shows that they do the same: balance, keep, pass through.</summary>
internal static class ComparisonCommand
{
    private const string Self = "http://127.0.0.1:18180";

    public static async Task<int> RunAsync()
    {
        await using var first = Origin("http://127.0.0.1:18181");
        await using var second = Origin("http://127.0.0.1:18182");
        await first.StartAsync();
        await second.StartAsync();
        await ShowAsync("FusionCache, Polly and YARP", TodaysService.Build("http://127.0.0.1:18181", "http://127.0.0.1:18182", Self));
        await ShowAsync("AkkaPerf", PipelineService.Build("http://127.0.0.1:18181", "http://127.0.0.1:18182", Self));
        return 0;
    }

    private static async Task ShowAsync(string name, WebApplication service)
    {
        await using (service)
        {
            await service.StartAsync();

            // As whoever routes to it would: it is ready once its backends have been probed.
            while (service.Services.GetService<IPipelines>() is { IsReady: false })
            {
                await Task.Delay(50);
            }

            using var client = new HttpClient { BaseAddress = new Uri(Self) };
            Console.WriteLine(name);
            var products = new List<Product?>();
            foreach (var id in Enumerable.Range(0, 8).Append(7))
            {
                products.Add(await client.GetFromJsonAsync<Product>($"/api/products/{id}"));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  backends that answered: {products.Select(product => product!.Name.Split(' ')[0]).Distinct().Count()}"));
            Console.WriteLine($"  asked twice, the same answer: {products[^1] == products[^2]}");
            Console.WriteLine($"  passed through: {await client.GetStringAsync("/products/99")}");
            await service.StopAsync();
        }
    }

    // Each answer is another one, so that one that was kept can be told.
    private static WebApplication Origin(string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        var app = builder.Build();
        var answers = 0;
        app.MapGet("/health", () => "ok");
        app.MapGet("/products/{id:int}", (int id, HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "max-age=60";
            return new Product(id, string.Create(CultureInfo.InvariantCulture, $"{address} {Interlocked.Increment(ref answers)}"));
        });
        return app;
    }
}
