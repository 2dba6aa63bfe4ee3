using System.Net;
using System.Security.Cryptography.X509Certificates;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>A configuration that changes while the gateway serves.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task Backends_routes_limits_and_options_change_and_no_request_is_lost()
    {
        await using var a = await Origin.StartAsync(context => context.Response.WriteAsync("a"));
        await using var b = await Origin.StartAsync(context => context.Response.WriteAsync("b"));
        await using var gateway = GatewayProcess.Start(Config(Shop(a)), "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = gateway.Address };
        using var stop = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 4).Select(_ => AskAsync(client, stop.Token)).ToArray();

        await gateway.ChangeAsync(Config(Shop(a, b)), "pipeline shop: backends");
        await UntilAsync(client, "/x", "b");
        await gateway.ChangeAsync(Config(Shop(b)), "pipeline shop: backends");
        await UntilAsync(client, "/x", "b", isOnly: true);
        await gateway.ChangeAsync(Config(Shop(b) + "throttle.concurrency = 9, throttle.queue = 99, balancing.policy = round-robin"), "throttle.concurrency, throttle.queue, balancing.policy");
        await gateway.ChangeAsync(Config(Shop(a) + "timeout = 7s, ingress.capacity = 500"), "pipeline shop starts anew: timeout, ingress.capacity, throttle.concurrency");
        await UntilAsync(client, "/x", "a", isOnly: true);
        await gateway.ChangeAsync(
            Config(Shop(a), $"{{ match = \"/new/{{**path}}\", pipeline = other }}", $"other {{ health.enabled = off, backends = [{{ id = b, address = \"{b.Address}\" }}] }}"),
            "pipeline other starts");
        Assert.Equal("b", await client.GetStringAsync("/new/x"));
        await gateway.ChangeAsync(Config(Shop(a)), "pipeline other retires");
        Assert.Equal("a", await client.GetStringAsync("/new/x"));

        await stop.CancelAsync();
        var answers = (await Task.WhenAll(asking)).SelectMany(answers => answers).GroupBy(answer => answer).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(["a", "b"], answers.Keys.Order());
        Assert.Equal("", gateway.Errors);
    }

    [Fact]
    public async Task What_is_inside_a_pipeline_that_starts_anew_is_finished_by_the_old_one()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var slow = await Origin.StartAsync(async context =>
        {
            asked.TrySetResult();
            await answer.Task;
            await context.Response.WriteAsync("slow");
        });
        await using var fast = await Origin.StartAsync(context => context.Response.WriteAsync("fast"));
        await using var gateway = GatewayProcess.Start(Config(Shop(slow) + "drain-timeout = 0s"), "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var running = client.GetStringAsync("/x");
        await asked.Task;

        await gateway.ChangeAsync(Config(Shop(fast) + "drain-timeout = 0s, timeout = 9s"), "starts anew");

        Assert.Equal("fast", await client.GetStringAsync("/x"));
        answer.SetResult();
        Assert.Equal("slow", await running);
    }

    [Fact]
    public async Task Events_go_on_beside_a_pipeline_that_has_taken_over()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var events = await Origin.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await next.Task;
            await context.Response.WriteAsync("data: 2\n\n");
        });
        await using var other = await Origin.StartAsync(context => context.Response.WriteAsync("other"));
        await using var gateway = GatewayProcess.Start(Config(Shop(events)), "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        using var response = await client.GetAsync("/x", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("data: 1", await reader.ReadLineAsync());

        await gateway.ChangeAsync(Config(Shop(other) + "timeout = 9s"), "starts anew");

        Assert.Equal("other", await client.GetStringAsync("/x"));
        next.SetResult();
        Assert.Equal("\ndata: 2\n\n", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task A_faulty_file_is_reported_with_all_its_faults_and_the_old_one_stays()
    {
        await using var a = await Origin.StartAsync(context => context.Response.WriteAsync("a"));
        await using var gateway = GatewayProcess.Start(Config(Shop(a)), "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };

        gateway.Write(Config(Shop(a) + "timeout = soon, throttle.concurency = 5", "{ match = \"/{\", pipeline = nobody }"));
        gateway.Signal("HUP");
        await gateway.SaysErrorAsync("akkaperf.pipelines.shop.throttle.concurency");

        foreach (var fault in new[] { "the one before stays in use", "akkaperf.pipelines.shop.timeout", "did you mean 'concurrency'", "akkaperf.gateway.routes[0].match" })
        {
            await gateway.SaysErrorAsync(fault);
        }

        Assert.Equal("a", await client.GetStringAsync("/x"));
        await gateway.ChangeAsync(Config(Shop(a)), "nothing else is different");
    }

    [Fact]
    public async Task Faults_of_one_kind_hide_none_of_another()
    {
        const string Faulty = """
            akkaperf {
              gateway {
                limits.connections = -1
                routes = [
                  { match = "/{", pipeline = shop, host = "a b", headers = [{ name = "X Y", mode = exists }] }
                  { match = "/{**path}", pipeline = shop, host = "bücher.example", host-header = "http://inside", path.remove-prefix = "x" }
                  { match = "/empty", pipeline = empty, proxy.via = edge }
                ]
                proxy { via = "a b", forwarded.trusted = ["10.0"] }
                tls.certificates = [{ file = "/nowhere.pem" }]
                backend-tls.roots-file = "/nowhere-either.pem"
              }
              pipelines.shop { timeout = soon }
            }
            """;
        await using var gateway = GatewayProcess.Start(Faulty, "--config", "$FILE");
        Assert.Equal(1, await gateway.ExitAsync());
        string[] keys =
        [
            "gateway.limits.connections", "gateway.routes[0].match", "gateway.routes[0].host", "gateway.routes[0].headers[0].name", "gateway.routes[1].host-header",
            "gateway.routes[1].path.remove-prefix", "gateway.routes[2].proxy", "gateway.proxy.via", "gateway.proxy.forwarded.trusted[0]",
            "gateway.tls.certificates[0].file", "gateway.backend-tls.roots-file", "pipelines.shop.timeout", "pipelines.empty.backends",
        ];
        Assert.All(keys, key => Assert.Contains($"akkaperf.{key}", gateway.Errors, StringComparison.Ordinal));
        Assert.DoesNotContain("routes[1].host ", gateway.Errors.Replace('=', ' '), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_needs_a_restart_is_said()
    {
        await using var a = await Origin.StartAsync(context => context.Response.WriteAsync("a"));
        await using var gateway = GatewayProcess.Start(Config(Shop(a)), "--config", "$FILE");
        await gateway.StartedAsync();
        await gateway.ChangeAsync(Config(Shop(a)) + "\nakkaperf.gateway { limits.header-count = 7, drain-delay = 1s, proxy.via = edge }", "gateway.proxy.via");
        await gateway.SaysErrorAsync("only a restart takes it into use: akkaperf.gateway.drain-delay, akkaperf.gateway.limits.header-count");
    }

    [Fact]
    public async Task Roots_for_backends_that_are_exchanged_in_their_file_are_used()
    {
        using var certificates = new Certificates();
        using var others = new Certificates();
        using var certificate = X509Certificate2.CreateFromPemFile(certificates.Write("backend", "127.0.0.1"));
        await using var origin = await Origin.StartTlsAsync(certificate, context => context.Response.WriteAsync("a"));
        var config = Config(Shop(origin)) + $"\nakkaperf.gateway.backend-tls.roots-file = \"{others.RootsFile}\"";
        await using var gateway = GatewayProcess.Start(config, "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        using (var refused = await client.GetAsync("/x"))
        {
            Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        }

        File.Copy(certificates.RootsFile, others.RootsFile, overwrite: true);
        await gateway.ChangeAsync(config, "pipeline shop starts anew");

        Assert.Equal("a", await client.GetStringAsync("/x"));
        await gateway.ChangeAsync(config, "nothing else is different");
    }

    [Fact]
    public async Task A_file_is_looked_at_without_a_signal()
    {
        await using var a = await Origin.StartAsync(context => context.Response.WriteAsync("a"));
        await using var b = await Origin.StartAsync(context => context.Response.WriteAsync("b"));
        await using var gateway = GatewayProcess.Start(Config(Shop(a)).Replace("reload-interval = 0s", "reload-interval = 10ms", StringComparison.Ordinal), "--config", "$FILE");
        await gateway.StartedAsync();
        gateway.Write(Config(Shop(b)));
        await gateway.SaysAsync("pipeline shop: backends");
        using var client = new HttpClient { BaseAddress = gateway.Address };
        await UntilAsync(client, "/x", "b", isOnly: true);
    }

    private static string Shop(params Origin[] origins) =>
        $"health.enabled = off, balancing.slow-start.window = 0s, backends = [{string.Join(", ", origins.Select(origin => $"{{ id = b{origin.Address.Port}, address = \"{origin.Address}\" }}"))}]\n";

    private static string Config(string shop, string routes = "", string pipelines = "") => $$"""
        akkaperf {
          gateway {
            listen = ["http://127.0.0.1:0"]
            admin.listen = "http://127.0.0.1:0"
            reload-interval = 0s
            routes = [
              {{routes}}
              { match = "/{**path}", pipeline = shop }
            ]
          }
          pipelines { shop { {{shop}} }
            {{pipelines}}
          }
        }
        """;

    private static async Task<List<string>> AskAsync(HttpClient client, CancellationToken stop)
    {
        var answers = new List<string>();
        while (!stop.IsCancellationRequested)
        {
            using var response = await client.GetAsync("/load", CancellationToken.None);
            answers.Add(response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsStringAsync(CancellationToken.None) : response.StatusCode.ToString());
        }

        return answers;
    }

    // The change is made when it is said; what was on its way is answered by what it was on its way to.
    private static async Task UntilAsync(HttpClient client, string path, string answer, bool isOnly = false)
    {
        if (isOnly)
        {
            Assert.Equal(answer, await client.GetStringAsync(path));
            return;
        }

        while (await client.GetStringAsync(path) != answer)
        {
            // Another backend had its turn.
        }
    }
}
