using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>What the gateway's console says while it runs.</summary>
public sealed class ConsoleTests
{
    [Fact]
    public async Task What_has_begun_is_said_and_what_has_ended_too()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var gateway = GatewayProcess.Start(Config(origin, "concurrency = 7"), "--config", "$FILE");
        await gateway.StartedAsync();
        await gateway.SaysAsync("AkkaPerf.Pipeline.shop[1001] Pipeline shop has started.");
        await gateway.SaysAsync("[1105] Pipeline shop: backend a (" + origin.Address + ") is healthy, was unknown: HTTP 200");
        await gateway.SaysAsync("[1103] Pipeline shop: backend b (http://127.0.0.1:1/) is unhealthy, was unknown: connection refused");

        // Each but once: what is said by the console anyhow is not logged there.
        await gateway.ChangeAsync(Config(origin, "concurrency = 8"), "throttle.concurrency");
        await gateway.ChangeAsync(Config(origin, "concurrency = 9"), "throttle.concurrency");
        gateway.Write(Config(origin, "concurrency = 0"));
        gateway.Signal("HUP");
        await gateway.SaysErrorAsync("throttle.concurrency");
        gateway.Terminate();
        Assert.Equal(0, await gateway.ExitAsync());
        await gateway.SaysAsync("[1004] Pipeline shop has stopped.");
        Assert.DoesNotContain("Another configuration is in use", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("was not reloaded", gateway.Output, StringComparison.Ordinal);
        Assert.Equal(2, gateway.Output.Split("Reloaded: ").Length - 1);
    }

    private static string Config(Origin origin, string throttle) => $$"""
        akkaperf {
          gateway {
            listen = ["http://127.0.0.1:0"], admin.listen = "http://127.0.0.1:0", reload-interval = 0s
            routes = [{ match = "/{**path}", pipeline = shop }]
          }
          pipelines.shop {
            backends = [{ id = a, address = "{{origin.Address}}" }, { id = b, address = "http://127.0.0.1:1" }]
            throttle { {{throttle}} }
          }
        }
        """;
}
