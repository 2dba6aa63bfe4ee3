using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>The gateway as a process of its own, among backends and clients that fail.</summary>
public sealed class GatewayFaultTests
{
    private const string AnyPort = "akkaperf.gateway { listen = [\"http://127.0.0.1:0\"], admin.listen = \"http://127.0.0.1:0\" }\n";

    [Fact]
    public async Task A_backend_killed_under_load_costs_only_what_had_reached_it()
    {
        const int Workers = 8;
        const int Each = 100;
        const int Warm = 4 * Workers;
        var reached = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var warmed = 0;
        var isWarm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var survivor = await Origin.StartAsync(context => AnswerAsync(context, "survivor"));
        var victim = await Origin.StartAsync(context =>
        {
            reached[context.Request.Path] = true;
            return AnswerAsync(context, "victim");
        });
        await using var gateway = GatewayProcess.Start(
            Routes("{ match = \"/{**path}\", pipeline = shop }")
            + $$"""akkaperf.pipelines.shop { backends = [{{Backend("victim", victim.Address)}}, {{Backend("survivor", survivor.Address)}}], health { interval = 50ms, timeout = 30s } }""",
            "--config",
            "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        await gateway.UntilAsync("shop", shop => shop.GetProperty("isReady").GetBoolean() && Backends(shop).All(backend => State(backend) == "healthy"));

        // Connections enough for all that follows: one that is opened while its backend dies is accepted by nobody but the system.
        await Task.WhenAll(Enumerable.Range(0, Warm).Select(i => client.GetStringAsync($"/warm/{i}")));
        var lost = new ConcurrentBag<string>();
        var begun = 0;
        var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var workers = Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                if (Interlocked.Increment(ref begun) == Workers * Each / 2)
                {
                    half.SetResult();
                }

                var path = string.Create(CultureInfo.InvariantCulture, $"/{worker}/{i}");
                if (await StatusAsync(client, path) is not HttpStatusCode.OK)
                {
                    lost.Add(path);
                }
            }
        })).ToArray();
        await half.Task;
        await victim.DisposeAsync();
        await Task.WhenAll(workers);
        Assert.All(lost, path => Assert.True(reached.ContainsKey(path), path));

        await gateway.UntilAsync("shop", shop => Backends(shop).Any(backend => State(backend) == "unhealthy"));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("survivor", await client.GetStringAsync("/after"));
        }

        await gateway.IdleAsync("shop");

        async Task AnswerAsync(HttpContext context, string name)
        {
            if (context.Request.Path.StartsWithSegments("/warm", StringComparison.Ordinal))
            {
                if (Interlocked.Increment(ref warmed) == Warm)
                {
                    isWarm.SetResult();
                }

                await isWarm.Task;
            }

            await context.Response.WriteAsync(name);
        }
    }

    [Fact]
    public async Task Slow_and_reset_backends_and_clients_that_leave_by_the_hundred_leave_nothing_in_flight()
    {
        const int Clients = 100;
        var hanging = 0;
        await using var origin = RawOrigin.Start(async connection =>
        {
            switch (connection.Head.Split(' ')[1])
            {
                case "/ok":
                    await connection.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
                    connection.Close();
                    break;
                case "/half":
                    await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf");
                    connection.Abort();
                    break;
                case "/reset":
                    connection.Abort();
                    break;
                default:
                    Interlocked.Increment(ref hanging);
                    await connection.ReadToEndAsync();
                    break;
            }
        });
        await using var gateway = GatewayProcess.Start(
            Routes("{ match = \"/slow\", pipeline = slow }, { match = \"/{**path}\", pipeline = shop }")
            + $$"""
              akkaperf.pipeline.health.enabled = off
              akkaperf.pipelines.slow { timeout = 50ms, backends = [{{Backend("a", origin.Address)}}] }
              akkaperf.pipelines.shop { connections.max-per-backend = 200, backends = [{{Backend("a", origin.Address)}}] }
              """,
            "--config",
            "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var leaving = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async i =>
        {
            var connection = await RawConnection.OpenAsync(gateway.Address);
            await connection.SendAsync($"GET /hang/{i} HTTP/1.1\r\nHost: shop\r\n\r\n");
            return connection;
        }));
        await Until.TrueAsync(() => Volatile.Read(ref hanging) == Clients, "all are with the backend");
        var mixed = Enumerable.Range(0, Clients).Select(i => (i % 4) switch
        {
            0 => ExpectAsync("/ok", HttpStatusCode.OK),
            1 => ExpectAsync("/reset", HttpStatusCode.BadGateway),
            2 => ExpectAsync("/half", null),
            _ => ExpectAsync("/slow", HttpStatusCode.GatewayTimeout),
        }).ToArray();
        foreach (var connection in leaving)
        {
            connection.Abort();
        }

        await Task.WhenAll(mixed);
        await gateway.IdleAsync("slow");
        await gateway.IdleAsync("shop");
        Assert.Equal("", gateway.Errors);

        async Task ExpectAsync(string path, HttpStatusCode? status) => Assert.Equal(status, await StatusAsync(client, path));
    }

    [Fact]
    public async Task Told_to_stop_it_loses_nothing_of_what_is_inside_not_even_what_waits()
    {
        const int Inside = 40;
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            await mayAnswer.Task;
            await context.Response.WriteAsync("finished");
        });
        await using var gateway = GatewayProcess.Start(
            Routes("{ match = \"/{**path}\", pipeline = shop }")
            + $$"""
              akkaperf.pipelines.shop {
                throttle.concurrency = 10, drain-timeout = 30s, health.enabled = off, backends = [{{Backend("a", origin.Address)}}]
              }
              """,
            "--config",
            "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var inside = Enumerable.Range(0, Inside).Select(i => client.GetStringAsync($"/{i}")).ToArray();
        await gateway.UntilAsync("shop", shop => shop.GetProperty("waiting").GetProperty("room").GetInt64() == Inside - 10);
        gateway.Terminate();
        await gateway.UntilAsync("shop", shop => shop.GetProperty("state").GetString() == "draining");
        mayAnswer.SetResult();
        Assert.All(await Task.WhenAll(inside), answer => Assert.Equal("finished", answer));
        Assert.Equal(0, await gateway.ExitAsync());
        Assert.Equal("", gateway.Errors);
    }

    private static string Routes(string routes) => AnyPort + $"akkaperf.gateway.routes = [{routes}]\n";

    private static string Backend(string id, Uri address) => $"{{ id = {id}, address = \"{address.GetLeftPart(UriPartial.Authority)}\" }}";

    private static JsonElement.ArrayEnumerator Backends(JsonElement pipeline) => pipeline.GetProperty("backends").EnumerateArray();

    private static string? State(JsonElement backend) => backend.GetProperty("state").GetString();

    /// <summary>The status; null if the response broke off.</summary>
    private static async Task<HttpStatusCode?> StatusAsync(HttpClient client, string path)
    {
        try
        {
            using var response = await client.GetAsync(path);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
