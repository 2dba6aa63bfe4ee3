using System.Net.Http.Json;
using Akka.Hosting;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;
using AkkaPerf.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Composition;

/// <summary>The README's sample, as it stands there but for the port and the file.</summary>
public sealed class ReadmeSampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("akkaperf-readme").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_sample_compiles_and_runs()
    {
        var database = $"Data Source={Path.Combine(_folder, "shop.db")}";
        CreateShop(database);
        var hocon = Path.Combine(_folder, "akka.hocon");
        await File.WriteAllTextAsync(hocon, "akkaperf.pipelines.products { throttle.concurrency = 8 }");

        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHealthChecks();
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("shop", (akka, services) => akka
            .AddHoconFile(hocon, HoconAddMode.Prepend)
            .WithPipeline<int, Product>("products", pipeline => pipeline
                .CacheBy(id => $"product:{id}")
                .ConnectWith(new SqliteConnectionFactory(database))
                .Handle((id, connection, ct) => connection.FindProductAsync(id, ct))));

        await using var app = builder.Build();
        app.MapGet("/products/{id:int}", (int id, IRequestPipeline<int, Product> products, CancellationToken ct)
            => products.SendAsync(id, ct));
        await app.StartAsync();

        var keyed = app.Services.GetRequiredKeyedService<IRequestPipeline<int, Product>>("products");
        while (!app.Services.GetRequiredService<IPipelines>().IsReady)
        {
            await Task.Yield();
        }

        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Assert.Equal(new Product(7, "lamp"), await client.GetFromJsonAsync<Product>("/products/7"));
        Assert.Equal(new Product(7, "lamp"), await client.GetFromJsonAsync<Product>("/products/7"));
        var snapshot = keyed.Describe();
        Assert.Equal(8, snapshot.Permits.Limit);
        Assert.Equal(1, snapshot.Cache!.Hits);
        Assert.Equal(1, snapshot.Backends.Single().Succeeded);

        var report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Contains("akkaperf.products", report.Entries.Keys);
        await app.StopAsync();
        Assert.Equal(PipelineState.Stopped, keyed.Describe().State);
    }

    private static void CreateShop(string database)
    {
        using var connection = new SqliteConnection(database + ";Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO product VALUES (7, 'lamp');";
        command.ExecuteNonQuery();
    }
}
