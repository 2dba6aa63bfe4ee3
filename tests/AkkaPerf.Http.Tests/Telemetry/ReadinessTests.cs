using System.Net;
using System.Text.Json;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Pipeline;

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
        Assert.Equal(("shop", "ready", 1, 0, false), await AskAsync(proxy, HttpStatusCode.OK));
        proxy.Pipeline.Backends!.Drain("b0");
        Assert.Equal(("shop", "noHealthyBackend", 1, 0, false), await AskAsync(proxy, HttpStatusCode.ServiceUnavailable));
    }

    [Fact]
    public async Task While_a_backend_is_probed_for_the_first_time_and_while_it_drains_it_is_not_ready_but_alive()
    {
        var (isAsked, mayAnswer) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var isProbed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(context =>
        {
            if (context.Request.Path == "/health")
            {
                return isProbed.Task;
            }

            isAsked.TrySetResult();
            return mayAnswer.Task;
        });
        await using var proxy = await Proxy.ToAsync("health { enabled = on, timeout = 30s, interval = 60s }", configure: null, origin.Address);
        Assert.Equal(("shop", "probing", 1, 0, false), await AskAsync(proxy, HttpStatusCode.ServiceUnavailable));
        isProbed.SetResult();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().IsReady, "it is found up");
        Assert.Equal(("shop", "ready", 1, 1, false), await AskAsync(proxy, HttpStatusCode.OK));

        var inside = proxy.Client.GetAsync("/");
        await isAsked.Task;
        var drain = proxy.Pipeline.DrainAsync();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().State == PipelineState.Draining, "the door is closed");
        Assert.Equal(("shop", "draining", 1, 1, false), await AskAsync(proxy, HttpStatusCode.ServiceUnavailable));
        using (var live = await proxy.Client.GetAsync("/-/health/live"))
        {
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        }

        mayAnswer.SetResult();
        (await inside).Dispose();
        await drain;
    }

    private static async Task<(string? Name, string? Readiness, int Backends, int Healthy, bool IsPanicking)> AskAsync(Proxy proxy, HttpStatusCode status)
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
