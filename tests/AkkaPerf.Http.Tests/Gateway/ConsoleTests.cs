using AkkaPerf.Gateway;
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

    [Theory]
    [InlineData("safe", "", false)]
    [InlineData("rfc9111", "", true)]
    [InlineData("rfc9111", ", cache.key-headers = [X-Tenant, cookie]", false)]
    [InlineData("rfc9111", ", cache.mode = bypass", false)]
    public async Task Whose_answers_are_shared_across_cookies_is_warned_and_the_runtime_is_named(string profile, string route, bool isWarned)
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var gateway = GatewayProcess.Start(
            $$"""
            {{GatewayTests.AnyPort}}
            akkaperf.gateway.routes = [{ match = "/{**path}", pipeline = shop{{route}} }]
            akkaperf.pipelines.shop { health.enabled = off, backends = [{ id = a, address = "{{origin.Address}}" }]
              cache.http.profile = {{profile}} }
            """,
            "--config",
            "$FILE");
        await gateway.StartedAsync();
        await gateway.SaysAsync($"Runtime: ASP.NET Core {ServerRuntime.Version} on .NET 10.");
        Assert.Equal(isWarned, gateway.Output.Contains("Warning: pipeline shop has cache.http.profile = rfc9111", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("10.0.0-preview.7.25380.108", false)]
    [InlineData("10.0.0-rc.1.25451.107", false)]
    [InlineData("10.0.0-rc.2.25502.107", true)]
    [InlineData("10.0.0", true)]
    [InlineData("10.0.9", true)]
    [InlineData("11.0.0-preview.1.26104.118", true)]
    public void A_server_that_reads_chunks_in_two_ways_is_not_run_on(string version, bool isSound) => Assert.Equal(isSound, ServerRuntime.ProblemOf(version) is null);

    [Fact]
    public void This_one_is_sound() => Assert.Null(ServerRuntime.ProblemOf(ServerRuntime.Version));

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
