using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using Akka.Hosting;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Tests.Architecture;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Composition;

/// <summary>The README's sample of an HttpClient: what stands there is what stands here between the marks, and it runs.</summary>
public sealed class ReadmeClientSampleTests
{
    private const string Marker = "ReadmeClientSampleTests.cs";

    [Fact]
    public void The_sample_in_the_readme_is_this_one() => Assert.Equal(SampleHere(), SampleOfReadme());

    [Fact]
    public async Task The_sample_runs()
    {
        var web = WebApplication.CreateBuilder();
        web.Logging.ClearProviders();
        web.WebHost.UseUrls("http://127.0.0.1:0");
        await using var origin = web.Build();
        origin.MapGet("/products/{id:int}", (int id) => new Product(id, "lamp"));
        await origin.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        Register(builder, $"akkaperf.pipelines.shop {{ health.enabled = off\n backends = [{{ id = a, address = \"{origin.Urls.First()}\" }}] }}");
        using var host = builder.Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");

        await UseAsync(client, 7, TimeSpan.Zero);

        await host.Services.GetRequiredService<IPipelines>().All[0].DrainAsync();
        await Assert.ThrowsAsync<PipelineRefusedException>(() => UseAsync(client, 7, TimeSpan.Zero));
        await host.StopAsync();
        await origin.StopAsync();
    }

    private static void Register(HostApplicationBuilder builder, string hocon)
    {
        // <readme>
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("shop", (akka, services) => akka
            .AddHocon(hocon, HoconAddMode.Prepend)            // akkaperf.pipelines.shop.backends = […]
            .WithHttpPipeline("shop"));
        builder.Services.AddHttpClient("shop", client => client.BaseAddress = new Uri("http://shop/"))
            .AddPipelineHandler("shop");                      // from AkkaPerf.Http; any host will do, the backends answer
        // </readme>
    }

    private static async Task UseAsync(HttpClient client, int id, TimeSpan patience)
    {
        // <readme>
        try
        {
            var product = await client.GetFromJsonAsync<Product>($"/products/{id}");
        }
        catch (PipelineRefusedException refused) when (refused.RetryAfter < patience)
        {
            // Reason, RetryAfter, and the StatusCode that a gateway would answer: 429 or 503
        }
        // </readme>
    }

    private static string SampleOfReadme()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "README.md")).SkipWhile(line => !line.Contains(Marker, StringComparison.Ordinal));
        return string.Join('\n', lines.SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```"));
    }

    private static string SampleHere([CallerFilePath] string path = "")
    {
        var parts = File.ReadAllText(path).ReplaceLineEndings("\n").Split("// <readme>\n").Skip(1).Select(part => part.Split("        // </readme>")[0]);
        return string.Join('\n', parts.Select(part => part.Replace("\n        ", "\n", StringComparison.Ordinal)[8..])).TrimEnd('\n');
    }
}
