using System.Net;
using System.Text.Json;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Telemetry;

/// <summary>What an orchestrator is told, and why.</summary>
public sealed class ReadinessTests
{
    [Fact]
    public async Task Readiness_says_of_every_pipeline_what_it_comes_to()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        await Until.TrueAsync(() => proxy.Pipeline.Describe().IsReady, "the pipeline runs");
        Assert.Equal(("shop", "ready", 1, 0, false), await AskAsync(HttpStatusCode.OK));
        proxy.Pipeline.Backends!.Drain("b0");
        Assert.Equal(("shop", "noHealthyBackend", 1, 0, false), await AskAsync(HttpStatusCode.ServiceUnavailable));

        async Task<(string? Name, string? Readiness, int Backends, int Healthy, bool IsPanicking)> AskAsync(HttpStatusCode status)
        {
            using var response = await proxy.Client.GetAsync("/-/health/ready");
            Assert.Equal(status, response.StatusCode);
            using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            var shop = Assert.Single(json.RootElement.GetProperty("pipelines").EnumerateArray());
            return (
                shop.GetProperty("name").GetString(),
                shop.GetProperty("readiness").GetString(),
                shop.GetProperty("backends").GetInt32(),
                shop.GetProperty("healthyBackends").GetInt32(),
                shop.GetProperty("isPanicking").GetBoolean());
        }
    }
}
