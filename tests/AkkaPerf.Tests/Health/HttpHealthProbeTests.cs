using AkkaPerf.Backends;
using AkkaPerf.Health;

namespace AkkaPerf.Tests.Health;

public class HttpHealthProbeTests
{
    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(302, true)]
    [InlineData(400, false)]
    [InlineData(404, true)]
    [InlineData(405, true)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    public async Task The_status_decides_and_with_the_default_path_404_and_405_are_up(int status, bool isUp)
    {
        await using var server = LoopbackServer.Answering(status);
        using var probe = new HttpHealthProbe();
        Assert.Equal(new ProbeResult(isUp, $"HTTP {status}"), await ProbeAsync(probe, server.Address));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    public async Task With_a_path_of_ones_own_404_and_405_are_down(int status)
    {
        await using var server = LoopbackServer.Answering(status);
        using var probe = new HttpHealthProbe("/ready");
        Assert.False((await ProbeAsync(probe, server.Address)).IsUp);
    }

    [Theory]
    [InlineData("", "/health", "GET /health HTTP/1.1")]
    [InlineData("/", "/health", "GET /health HTTP/1.1")]
    [InlineData("/shop/", "/ready?full=1", "GET /shop/ready?full=1 HTTP/1.1")]
    [InlineData("/shop?x=y", "/ready", "GET /shop/ready HTTP/1.1")]
    public async Task The_path_is_appended_to_the_address(string suffix, string path, string requestLine)
    {
        await using var server = LoopbackServer.Answering(200);
        using var probe = new HttpHealthProbe(path);
        Assert.True((await ProbeAsync(probe, new Uri(server.Address, suffix))).IsUp);
        Assert.StartsWith(requestLine + "\r\n", Assert.Single(server.Heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_up_and_not_followed()
    {
        await using var elsewhere = LoopbackServer.Answering(500);
        await using var server = LoopbackServer.Answering(302, $"Location: {elsewhere.Address}\r\n");
        using var probe = new HttpHealthProbe();
        Assert.Equal(new ProbeResult(IsUp: true, "HTTP 302"), await ProbeAsync(probe, server.Address));
        Assert.Empty(elsewhere.Heads);
    }

    [Fact]
    public async Task Cookies_are_not_sent_back_and_traces_not_started()
    {
        await using var server = LoopbackServer.Answering(200, "Set-Cookie: a=b\r\n");
        using var probe = new HttpHealthProbe();
        using var activity = new System.Diagnostics.Activity("test").Start();
        await ProbeAsync(probe, server.Address);
        await ProbeAsync(probe, server.Address);
        Assert.Equal(2, server.Heads.Count);
        Assert.All(server.Heads, head =>
        {
            Assert.DoesNotContain("Cookie:", head, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("traceparent", head, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("Connection: close", head, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task The_body_is_not_waited_for()
    {
        await using var server = LoopbackServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        using var probe = new HttpHealthProbe();
        Assert.True((await ProbeAsync(probe, server.Address)).IsUp);
    }

    [Theory]
    [InlineData(204, true)]
    [InlineData(301, false)]
    [InlineData(404, false)]
    [InlineData(418, true)]
    [InlineData(429, true)]
    [InlineData(430, false)]
    public async Task Chosen_statuses_are_the_only_ones_that_are_up(int status, bool isUp)
    {
        await using var server = LoopbackServer.Answering(status);
        using var probe = new HttpHealthProbe("/health", ["204", "418-429"]);
        Assert.Equal(new ProbeResult(isUp, $"HTTP {status}"), await ProbeAsync(probe, server.Address));
    }

    [Theory]
    [InlineData("{ \"status\": \"ok\" }", true, "HTTP 200")]
    [InlineData("{ \"status\": \"failing\" }", false, "HTTP 200 without '\"ok\"' in its body")]
    [InlineData("", false, "HTTP 200 without '\"ok\"' in its body")]
    public async Task A_text_that_must_stand_in_the_body_decides_too(string body, bool isUp, string detail)
    {
        await using var server = LoopbackServer.Answering(200, body: body);
        using var probe = new HttpHealthProbe("/health", ["200-399"], "\"ok\"");
        Assert.Equal(new ProbeResult(isUp, detail), await ProbeAsync(probe, server.Address));
    }

    [Fact]
    public async Task Whoever_asks_for_a_body_wants_the_page_to_exist()
    {
        await using var server = LoopbackServer.Answering(404, body: "ok");
        using var probe = new HttpHealthProbe("/health", ["200-399"], "ok");
        Assert.Equal(new ProbeResult(IsUp: false, "HTTP 404"), await ProbeAsync(probe, server.Address));
    }

    [Fact]
    public async Task An_endless_body_is_read_to_a_limit_only()
    {
        await using var server = LoopbackServer.Answering(200, body: new string('x', 70_000) + "ok");
        using var probe = new HttpHealthProbe("/health", ["200-399"], "ok");
        Assert.False((await ProbeAsync(probe, server.Address)).IsUp);
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_down()
    {
        await using var server = LoopbackServer.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        using var probe = new HttpHealthProbe("/health", ["200-399"], "ok");
        Assert.False((await ProbeAsync(probe, server.Address)).IsUp);
    }

    [Fact]
    public async Task A_backend_with_a_host_is_asked_by_that_name()
    {
        await using var server = LoopbackServer.Answering(200);
        using var probe = new HttpHealthProbe();
        var backend = new Backend(new BackendOptions { Id = "a", Host = "shop.test:8080" }, server.Address, TimeProvider.System);
        Assert.True((await probe.ProbeAsync(backend, CancellationToken.None)).IsUp);
        Assert.Contains("\r\nHost: shop.test:8080\r\n", Assert.Single(server.Heads), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99")]
    [InlineData("600")]
    [InlineData("300-200")]
    [InlineData("2xx")]
    [InlineData("")]
    [InlineData("200-299-300")]
    public void What_is_no_status_is_refused(string status)
    {
        Assert.Throws<ArgumentException>(() => new HttpHealthProbe("/health", [status]));
        Assert.Single(new HealthOptions { Statuses = [status] }.Validate(new(this)));
    }

    [Fact]
    public async Task A_closed_port_is_down_as_connection_refused()
    {
        using var port = new ClosedPort();
        using var probe = new HttpHealthProbe();
        Assert.Equal(new ProbeResult(IsUp: false, "connection refused"), await ProbeAsync(probe, new Uri($"http://127.0.0.1:{port.Number}")));
    }

    [Fact]
    public async Task What_is_not_http_is_down()
    {
        await using var server = LoopbackServer.Answering("SSH-2.0-OpenSSH\r\n\r\n");
        using var probe = new HttpHealthProbe();
        var result = await ProbeAsync(probe, server.Address);
        Assert.False(result.IsUp);
        Assert.NotEmpty(result.Detail);
    }

    [Fact]
    public async Task Without_an_answer_it_ends_with_its_token()
    {
        await using var server = LoopbackServer.Answering("");
        using var probe = new HttpHealthProbe();
        using var cancellation = new CancellationTokenSource();
        var probing = probe.ProbeAsync(new Backend("a", server.Address), cancellation.Token).AsTask();
        await server.Asked;
        Assert.False(probing.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probing);
    }

    [Fact]
    public void A_path_without_a_slash_is_refused() => Assert.Throws<ArgumentException>(() => new HttpHealthProbe("health"));

    private static async Task<ProbeResult> ProbeAsync(HttpHealthProbe probe, Uri address) =>
        await probe.ProbeAsync(new Backend("a", address), CancellationToken.None);
}
