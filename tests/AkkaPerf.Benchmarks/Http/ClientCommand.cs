using System.Globalization;
using Akka.Hosting;
using AkkaPerf.Benchmarks.Figures;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>What an HttpClient's call costs this process: bare, behind the standard resilience handler, through a pipeline; nginx answers all of them.</summary>
internal static class ClientCommand
{
    private const int Requests = 40_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 7;
        using var site = await Site.OpenAsync();
        using var host = CreateHost($"http://{site.OriginHost}");
        await host.StartAsync();
        var clients = host.Services.GetRequiredService<IHttpClientFactory>();
        using var bare = clients.CreateClient("bare");
        using var resilient = clients.CreateClient("resilient");
        using var pipeline = clients.CreateClient("pipeline");
        foreach (var callers in new[] { 1, 64 })
        {
            Contender[] group =
            [
                new("HttpClient alone", callers, i => AskAsync(bare, "/", i)),
                new("with the standard resilience handler", callers, i => AskAsync(resilient, "/", i)),
                new("with a pipeline", callers, i => AskAsync(pipeline, "/", i)),
                new("with a pipeline, kept", callers, _ => AskAsync(pipeline, "/kept", 0)),
            ];
            await FigureRounds.RunGroupAsync($"GET of 300 bytes, {callers} caller{(callers == 1 ? "" : "s")}", Requests, group, rounds);
        }

        await host.StopAsync();
        return 0;
    }

    // Each path is another one, or a pipeline would make one call of many.
    private static async ValueTask AskAsync(HttpClient client, string path, int i)
    {
        using var response = await client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{path}?{i}"));
        response.EnsureSuccessStatusCode();
    }

    private static IHost CreateHost(string origin)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("client", akka => akka
            .AddHocon(
                $$"""
                akka.loglevel = WARNING
                akkaperf.pipelines.shop { health.enabled = off, backends = [{ id = nginx, address = "{{origin}}" }] }
                """,
                HoconAddMode.Prepend)
            .WithHttpPipeline("shop"));
        Add("bare");
        Add("resilient").AddStandardResilienceHandler();
        Add("pipeline").AddPipelineHandler("shop");
        return builder.Build();

        // Without the factory's log, which all would have.
        IHttpClientBuilder Add(string name) =>
            builder.Services.AddHttpClient(name, client => client.BaseAddress = new Uri(origin)).RemoveAllLoggers();
    }
}
