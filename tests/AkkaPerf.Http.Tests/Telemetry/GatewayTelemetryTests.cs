using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using AkkaPerf.Http.Tests.Gateway;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Telemetry;

/// <summary>What the gateway lets others know: a scrape, what it sends to a collector, and what the dashboard asks for.</summary>
public sealed partial class GatewayTelemetryTests
{
    [SkippableFact]
    public async Task A_scrape_is_what_Prometheus_reads_without_complaint()
    {
        Skip.If(Promtool.Executable is null, "There is no promtool on the path: apt-get install prometheus.");
        var scrape = await ScrapeAsync();

        // The runtime's own names are the platform's.
        Assert.DoesNotContain(await Promtool.CheckAsync(scrape), static complaint => !complaint.StartsWith("dotnet_", StringComparison.Ordinal));

        // It does complain of what is wrong.
        Assert.NotEmpty(await Promtool.CheckAsync(scrape + "akkaperf_x{ 1\n"));
    }

    [Fact]
    public async Task A_scrape_says_what_has_happened()
    {
        var scrape = await ScrapeAsync();

        Assert.Equal("4", ValueOf(scrape, "akkaperf_requests_total", "akkaperf_outcome=\"answered\""));
        Assert.Equal("1", ValueOf(scrape, "akkaperf_caching_requests_total", "akkaperf_result=\"hit\""));
        Assert.Equal("1", ValueOf(scrape, "akkaperf_backend_state", "akkaperf_state=\"healthy\""));
        Assert.Equal("4", ValueOf(scrape, "akkaperf_request_duration_seconds_count", "akkaperf_outcome=\"answered\""));
        Assert.Equal("3", ValueOf(scrape, "akkaperf_request_phase_duration_seconds_bucket", "akkaperf_phase=\"backend\",akkaperf_pipeline=\"demo\",le=\"+Inf\""));
        Assert.NotNull(ValueOf(scrape, "akkaperf_compression_in_bytes_total", "akkaperf_coding=\"gzip\",akkaperf_pipeline=\"demo\""));
        Assert.NotNull(ValueOf(scrape, "akkaperf_compression_out_bytes_total", "akkaperf_coding=\"gzip\",akkaperf_pipeline=\"demo\""));
        Assert.Contains("service_name=\"akkaperf-gateway\"", scrape, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dashboard_asks_for_whatever_is_in_a_scrape_and_for_nothing_else()
    {
        var scrape = await ScrapeAsync("akkaperf.pipeline.cache.l2.provider = memory");
        var names = scrape.Split('\n').Where(static line => line.Length > 0 && line[0] != '#').Select(static line => line.Split('{', ' ')[0]).ToHashSet(StringComparer.Ordinal);
        var labels = Label().Matches(scrape).Select(static match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "config", "grafana-dashboard.json")));
        var queries = Expressions(dashboard.RootElement).ToArray();
        var asked = queries.SelectMany(static query => Metric().Matches(query)).Select(static match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal).ToArray();
        var words = queries.SelectMany(static query => Word().Matches(query)).Select(static match => match.Value).Distinct(StringComparer.Ordinal);

        // A gateway's connections are opened by HTTP's own handler: only those of other factories are timed.
        const string NotHere = "akkaperf_connections_create_time_seconds_bucket";
        Assert.Equal([NotHere], asked.Except(names));
        Assert.Equal([NotHere], words.Except(names).Except(labels));
        Assert.Empty(names.Where(static name => name.StartsWith("akkaperf_", StringComparison.Ordinal)).Select(Whole).Except(asked.Select(Whole)));

        static string Whole(string name) => Part().Replace(name, "");
    }

    [Fact]
    public async Task A_page_of_another_name_gets_nothing_and_it_can_be_switched_off()
    {
        await using var gateway = GatewayProcess.Start(GatewayTests.AnyPort + "akkaperf.gateway.demo-origins = 1", "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient();
        using var foreign = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Admin, "/metrics"));
        foreign.Headers.Host = "evil.example";
        using var refused = await client.SendAsync(foreign);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, refused.StatusCode);
        using var proxied = await client.GetAsync(new Uri(gateway.Address, "/metrics"));
        Assert.DoesNotContain("akkaperf_requests", await proxied.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await using var silent = GatewayProcess.Start(
            GatewayTests.AnyPort + "akkaperf.gateway { demo-origins = 1, telemetry.prometheus = off }", "--config", "$FILE");
        await silent.StartedAsync();
        using var none = await client.GetAsync(new Uri(silent.Admin, "/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    // There is room for 500 series of a metric by default.
    [Fact]
    public async Task More_backends_than_there_is_room_for_by_default_are_told_apart_all_the_same()
    {
        const int Backends = 70;
        await using var origin = await Origin.StartAsync(static context => context.Response.WriteAsync("well"));
        var backends = string.Join(", ", Enumerable.Range(1, Backends).Select(number => $"{{ id = b{number}, address = \"{origin.Address}\" }}"));
        await using var gateway = GatewayProcess.Start(
            GatewayTests.AnyPort + $"akkaperf {{ gateway.routes = [{{ match = \"/{{**path}}\", pipeline = many }}], pipelines.many.backends = [{backends}] }}", "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient();

        var scrape = await client.GetStringAsync(new Uri(gateway.Admin, "/metrics"));

        Assert.Equal(Backends * 8, scrape.Split('\n').Count(static line => line.StartsWith("akkaperf_backend_state{", StringComparison.Ordinal)));
        Assert.DoesNotContain("overflow", scrape, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_is_sent_metrics_and_traces()
    {
        var sent = new ConcurrentQueue<string>();
        await using var collector = await Origin.StartAsync(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            sent.Enqueue($"{context.Request.Path} {System.Text.Encoding.Latin1.GetString(body.ToArray())}");
        });
        await using var gateway = GatewayProcess.Start(
            GatewayTests.AnyPort + $"akkaperf.gateway {{ demo-origins = 1, telemetry {{ otlp = \"{collector.Address}\", otlp-protocol = http, otlp-interval = 1s, trace-ratio = 1 }} }}",
            "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        await client.GetStringAsync("/cacheable");
        await Until.TrueAsync(() => sent.Any(static text => text.StartsWith("/v1/metrics", StringComparison.Ordinal) && text.Contains("akkaperf.requests", StringComparison.Ordinal)), "metrics");

        // What is left is sent at the end.
        gateway.Terminate();
        Assert.Equal(0, await gateway.ExitAsync());
        Assert.Contains(sent, static text => text.StartsWith("/v1/traces", StringComparison.Ordinal) && text.Contains("akkaperf demo", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_that_is_none_is_a_fault()
    {
        await using var gateway = GatewayProcess.Start("akkaperf.gateway.telemetry { otlp = \"collector:4317\", trace-ratio = 2 }", "--config", "$FILE");
        Assert.Equal(1, await gateway.ExitAsync());
        Assert.Contains("akkaperf.gateway.telemetry.trace-ratio", gateway.Errors, StringComparison.Ordinal);

        await using var second = GatewayProcess.Start("akkaperf.gateway.telemetry { otlp = \"collector:4317\" }", "--config", "$FILE");
        Assert.Equal(1, await second.ExitAsync());
        Assert.Contains("akkaperf.gateway.telemetry.otlp = collector:4317", second.Errors, StringComparison.Ordinal);
    }

    private static async Task<string> ScrapeAsync(string hocon = "")
    {
        await using var gateway = GatewayProcess.Start(
            GatewayTests.AnyPort + "akkaperf.gateway { demo-origins = 1, compression { min-size = 0B, adapt = off } }\n" + hocon, "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        client.DefaultRequestHeaders.Add("Accept-Encoding", "gzip");
        foreach (var path in new[] { "/cacheable", "/cacheable", "/", "/echo/x" })
        {
            await client.GetByteArrayAsync(path);
        }

        client.DefaultRequestHeaders.Clear();

        // A body that is through counts once its exchange has come back.
        var scrape = "";
        await Until.TrueAsync(async () =>
        {
            scrape = await client.GetStringAsync(new Uri(gateway.Admin, "/metrics"));
            return ValueOf(scrape, "akkaperf_requests_active", "") == "0";
        }, "nothing is inside any more");
        return scrape;
    }

    private static string? ValueOf(string scrape, string name, string label) => scrape.Split('\n')
        .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal))
        .Select(static line => line[(line.LastIndexOf(' ') + 1)..])
        .FirstOrDefault();

    private static IEnumerable<string> Expressions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Expressions),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(static item =>
            item.Name is "expr" or "query" && item.Value.ValueKind == JsonValueKind.String ? [item.Value.GetString()!] : Expressions(item.Value)),
        _ => [],
    };

    [GeneratedRegex(@"(?<name>akkaperf_\w+)\{", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Metric();

    [GeneratedRegex(@"akkaperf_\w+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Part();

    [GeneratedRegex("(?<name>akkaperf_\\w+)=\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();
}
