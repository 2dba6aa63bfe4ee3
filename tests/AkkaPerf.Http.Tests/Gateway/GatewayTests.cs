using System.Net;
using System.Net.Sockets;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Gateway;

public sealed class GatewayTests
{
    internal const string AnyPort = "akkaperf.gateway { listen = [\"http://127.0.0.1:0\"], admin.listen = \"http://127.0.0.1:0\" }\n";

    [Fact]
    public async Task Without_configuration_it_shows_what_it_can()
    {
        await using var gateway = GatewayProcess.Start(AnyPort, "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        Assert.Contains("origin-3 http://127.0.0.1:", gateway.Output, StringComparison.Ordinal);
        var greetings = new[] { await client.GetStringAsync("/"), await client.GetStringAsync("/"), await client.GetStringAsync("/") };
        Assert.Equal(3, greetings.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(await client.GetStringAsync("/cacheable"), await client.GetStringAsync("/cacheable"));
        Assert.Contains("X-Forwarded-For: 127.0.0.1", await client.GetStringAsync("/echo/x"), StringComparison.Ordinal);
        Assert.Contains("took its 5 ms", await client.GetStringAsync("/slow?ms=5"), StringComparison.Ordinal);
        using var fails = await client.GetAsync("/fail");
        Assert.True(fails.StatusCode is HttpStatusCode.OK or HttpStatusCode.InternalServerError);
        gateway.Terminate();
        Assert.Equal(0, await gateway.ExitAsync());
        Assert.Equal("", gateway.Errors);
    }

    [Fact]
    public async Task Each_listener_answers_for_its_own_side_only()
    {
        await using var gateway = GatewayProcess.Start(AnyPort + "akkaperf.gateway.demo-origins = 1", "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient();
        using var ready = await client.GetAsync(new Uri(gateway.Admin, "/health/ready"));
        using var proxied = await client.GetAsync(new Uri(gateway.Admin, "/cacheable"));
        using var admin = await client.GetAsync(new Uri(gateway.Address, "/pipelines"));
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, proxied.StatusCode);
        Assert.Equal("application/problem+json", proxied.Content.Headers.ContentType!.MediaType);
        Assert.Equal("Kestrel", admin.Headers.Server.ToString());
        Assert.Empty(ready.Headers.Server);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("inline")]
    public async Task Routes_lead_to_their_pipelines(string scheduling)
    {
        await using var a = await Origin.StartAsync(context => WriteAsync(context, "a"));
        await using var b = await Origin.StartAsync(context => WriteAsync(context, "b"));
        var hocon = AnyPort + $$"""
            akkaperf {
              gateway {
                scheduling = {{scheduling}}
                routes = [
                  { match = "/a/{**path}", pipeline = first }
                  { match = "/{**path}", pipeline = second, host = "b.example", methods = [GET] }
                ]
              }
              pipelines {
                first { backends = [{ id = a, address = "{{Authority(a)}}" }], health.enabled = off }
                second { backends = [{ id = b, address = "{{Authority(b)}}" }], health.enabled = off }
              }
            }
            """;
        await using var gateway = GatewayProcess.Start(hocon, "--config", "$FILE");
        await gateway.StartedAsync();
        Assert.EndsWith("\r\na", await AskAsync("GET /a/x", "any"), StringComparison.Ordinal);
        Assert.EndsWith("\r\nb", await AskAsync("GET /x", "b.example"), StringComparison.Ordinal);
        Assert.EndsWith("\r\na", await AskAsync("GET //a//x", "b.example"), StringComparison.Ordinal);
        Assert.EndsWith("\r\nb", await AskAsync("GET /x", "b.example."), StringComparison.Ordinal);
        AssertProblem("405 Method Not Allowed", "method-not-allowed", await AskAsync("POST /x", "b.example"));
        Assert.Contains("\r\nAllow: GET\r\n", await AskAsync("POST /x", "b.example"), StringComparison.Ordinal);
        AssertProblem("404 Not Found", "no-route", await AskAsync("GET /x", "any"));

        // With a length: without, it depends on how fast the end follows whether it is chunked.
        static Task WriteAsync(HttpContext context, string body)
        {
            context.Response.ContentLength = body.Length;
            return context.Response.WriteAsync(body);
        }

        static void AssertProblem(string status, string reason, string response)
        {
            Assert.StartsWith($"HTTP/1.1 {status}\r\n", response, StringComparison.Ordinal);
            Assert.Contains("\r\nContent-Type: application/problem+json\r\n", response, StringComparison.Ordinal);
            Assert.EndsWith($"\"reason\":\"{reason}\"}}", response, StringComparison.Ordinal);
        }

        Task<string> AskAsync(string line, string host) =>
            RawConnection.AskAsync(gateway.Address, $"{line} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }

    [Fact]
    public async Task Check_prints_every_value_and_where_it_comes_from()
    {
        await using var gateway = GatewayProcess.Start(AnyPort + "akkaperf.pipeline.timeout = 5s", "--check", "--config", "$FILE");
        Assert.Equal(0, await gateway.ExitAsync());
        Assert.Equal("", gateway.Errors);
        var file = gateway.Output.Split('\n').Select(line => line[(line.LastIndexOf('(') + 1)..].Split(',')[0]).First(source => source.EndsWith(".hocon", StringComparison.Ordinal));
        var golden = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Gateway", "check.golden.txt"));
        Assert.Equal(golden.Trim(), gateway.Output.Replace(file, "FILE", StringComparison.Ordinal).Trim());
    }

    [Fact]
    public async Task Every_fault_is_told_and_nothing_starts()
    {
        const string Faulty = """
            akkaperf {
              gateway {
                listen = ["ftp://127.0.0.1:21"]
                rutes = []
                drain-delay = 1
                demo-origins = 99
              }
              pipeline.timeout = forever
            }
            """;
        await using var gateway = GatewayProcess.Start(Faulty, "--config", "$FILE");
        Assert.Equal(1, await gateway.ExitAsync());
        Assert.Equal("", gateway.Output.Trim());
        foreach (var key in new[] { "gateway.listen", "gateway.rutes", "gateway.drain-delay", "gateway.demo-origins", "pipeline.timeout" })
        {
            Assert.Contains($"akkaperf.{key}", gateway.Errors, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("   at ", gateway.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", gateway.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("akkaperf.gateway.routes = [{ match = \"/{**path}\", pipeline = none }]", "must have at least one backend: a route leads to 'none'")]
    [InlineData("akkaperf.gateway.routes = [{ match = \"/{\", pipeline = demo }]\nakkaperf.pipelines.demo.backends = [{ id = a, address = \"http://127.0.0.1:1\" }]", "is no route pattern")]
    [InlineData("akkaperf.pipelines.unused.timeout = 5s", "akkaperf.pipelines.unused")]
    [InlineData("akkaperf {", "FILE")]
    public async Task Check_finds_what_does_not_fit_together(string hocon, string fault)
    {
        await using var gateway = GatewayProcess.Start(hocon, "--check", "--config", "$FILE");
        Assert.Equal(1, await gateway.ExitAsync());
        Assert.Contains(fault == "FILE" ? ".hocon" : fault, gateway.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_fault()
    {
        await using var gateway = GatewayProcess.Start("", "--check", "--config", "/nowhere/at/all.hocon");
        Assert.Equal(1, await gateway.ExitAsync());
        Assert.Contains("/nowhere/at/all.hocon", gateway.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_said_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var gateway = GatewayProcess.Start(
            $"akkaperf.gateway {{ listen = [\"http://{taken.LocalEndpoint}\"], admin.listen = \"http://127.0.0.1:0\" }}", "--config", "$FILE");
        Assert.Equal(1, await gateway.ExitAsync());
        Assert.Equal("", gateway.Output.Trim());
        var line = Assert.Single(gateway.Errors.Split('\n'));
        Assert.Contains($"{taken.LocalEndpoint}", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("listen = [\"http://127.0.0.1:0\", \"http://TAKEN\"], admin.listen = \"http://127.0.0.1:0\"")]
    [InlineData("listen = [\"http://127.0.0.1:0\"], admin.listen = \"http://TAKEN\"")]
    [InlineData("listen = [\"http://127.0.0.1:0\"], admin.listen = \"http://localhost:PORT\"")]
    [InlineData("listen = [\"http://192.0.2.1:PORT\"], admin.listen = \"http://127.0.0.1:0\"")] // an address for documents, nobody's (RFC 5737)
    public async Task No_backend_is_asked_before_all_listeners_can_be_opened(string listeners)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var asked = 0;
        await using var origin = await Origin.StartAsync(_ =>
        {
            Interlocked.Increment(ref asked);
            return Task.CompletedTask;
        });
        var gatewayListeners = listeners.Replace("TAKEN", $"{taken.LocalEndpoint}", StringComparison.Ordinal).Replace("PORT", $"{port}", StringComparison.Ordinal);
        await using var gateway = GatewayProcess.Start(
            $$"""
            akkaperf {
              gateway { {{gatewayListeners}}, routes = [{ match = "/{**path}", pipeline = shop }] }
              pipelines.shop.backends = [{ id = a, address = "{{Authority(origin)}}" }]
            }
            """,
            "--config",
            "$FILE");
        Assert.Equal(1, await gateway.ExitAsync());
        Assert.Contains($":{port}", Assert.Single(gateway.Errors.Split('\n')), StringComparison.Ordinal);
        Assert.Equal(0, Volatile.Read(ref asked));
    }

    [Fact]
    public async Task Told_to_stop_it_finishes_what_is_inside()
    {
        var isInside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                await context.Response.WriteAsync("begun");
                await context.Response.Body.FlushAsync();
                isInside.SetResult();
                await mayAnswer.Task;
            }

            await context.Response.WriteAsync(" finished");
        });
        var hocon = AnyPort + $$"""
            akkaperf {
              gateway { routes = [{ match = "/{**path}", pipeline = shop }], drain-delay = 2s }
              pipelines.shop { backends = [{ id = a, address = "{{Authority(origin)}}" }], health.enabled = off, drain-timeout = 30s }
            }
            """;
        await using var gateway = GatewayProcess.Start(hocon, "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var slow = client.GetStringAsync("/slow");
        await isInside.Task;
        gateway.Terminate();

        // Not ready at once, and still serving.
        HttpStatusCode ready;
        string why;
        do
        {
            using var health = await client.GetAsync(new Uri(gateway.Admin, "/health/ready"));
            (ready, why) = (health.StatusCode, await health.Content.ReadAsStringAsync());
        }
        while (ready == HttpStatusCode.OK);
        Assert.Contains("\"status\": \"stopping\"", why, StringComparison.Ordinal);
        Assert.Equal(" finished", await client.GetStringAsync("/quick"));

        // Then draining: new ones are refused, that one is waited for.
        HttpStatusCode quick;
        do
        {
            using var response = await client.GetAsync("/quick");
            quick = response.StatusCode;
        }
        while (quick == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, quick);
        mayAnswer.SetResult();
        Assert.Equal("begun finished", await slow);
        Assert.Equal(0, await gateway.ExitAsync());
        Assert.Equal("", gateway.Errors);
    }

    private static string Authority(Origin origin) => origin.Address.GetLeftPart(UriPartial.Authority);
}
