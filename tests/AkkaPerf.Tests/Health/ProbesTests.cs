using System.Net.Sockets;
using AkkaPerf.Backends;
using AkkaPerf.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaPerf.Tests.Health;

public class ProbesTests
{
    [Fact]
    public async Task Tcp_an_open_port_is_up()
    {
        await using var server = LoopbackServer.Answering("");
        Assert.Equal(new ProbeResult(IsUp: true, "connected"), await ProbeAsync(new TcpHealthProbe(), $"tcp://127.0.0.1:{server.Port}"));
    }

    [Fact]
    public async Task Tcp_a_closed_port_is_down_as_connection_refused()
    {
        using var port = new ClosedPort();
        Assert.Equal(new ProbeResult(IsUp: false, "connection refused"), await ProbeAsync(new TcpHealthProbe(), $"tcp://127.0.0.1:{port.Number}"));
    }

    [Fact]
    public async Task Tcp_an_address_without_a_port_is_down_with_that_cause() =>
        Assert.Equal("the address tcp://db/ has no port", (await ProbeAsync(new TcpHealthProbe(), "tcp://db/")).Detail);

    [Fact]
    public async Task A_delegate_may_say_what_it_saw()
    {
        var probe = new DelegateHealthProbe((backend, _) => ValueTask.FromResult(new ProbeResult(IsUp: true, backend.Id)));
        Assert.Equal(new ProbeResult(IsUp: true, "a"), await ProbeAsync(probe, "db://x"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_delegate_may_only_say_whether_it_is_up(bool isUp)
    {
        var probe = new DelegateHealthProbe((_, _) => ValueTask.FromResult(isUp));
        Assert.Equal(isUp, (await ProbeAsync(probe, "db://x")).IsUp);
    }

    [Theory]
    [InlineData(HealthStatus.Healthy, true, false)]
    [InlineData(HealthStatus.Degraded, true, true)]
    [InlineData(HealthStatus.Unhealthy, false, false)]
    public async Task A_health_checks_status_decides(HealthStatus status, bool isUp, bool isDegraded)
    {
        var probe = new HealthCheckProbe(new Check(context => new HealthCheckResult(status, $"of {context.Registration.Name}")));
        Assert.Equal(new ProbeResult(isUp, "of a") { IsDegraded = isDegraded }, await ProbeAsync(probe, "db://x"));
    }

    [Fact]
    public async Task A_health_check_may_be_a_backends_own_and_its_exception_is_the_cause()
    {
        var probe = new HealthCheckProbe(backend => new Check(_ => HealthCheckResult.Unhealthy(exception: new IOException($"{backend.Id} is full"))));
        Assert.Equal(new ProbeResult(IsUp: false, "a is full"), await ProbeAsync(probe, "db://x"));
    }

    [Fact]
    public async Task The_configured_kind_chooses_before_the_scheme()
    {
        await using var server = LoopbackServer.Answering(503);
        using var tcp = new AddressHealthProbe(new HealthOptions { Probe = ProbeKind.Tcp });
        Assert.Equal("connected", (await ProbeAsync(tcp, $"http://127.0.0.1:{server.Port}")).Detail);
        using var grpc = new AddressHealthProbe(new HealthOptions { Probe = ProbeKind.Grpc });
        Assert.Equal("an address with the scheme 'tcp' cannot be probed by gRPC: use http or https", (await ProbeAsync(grpc, "tcp://127.0.0.1:1")).Detail);
    }

    [Fact]
    public async Task The_address_scheme_chooses_the_probe()
    {
        await using var server = LoopbackServer.Answering(503);
        using var probe = new AddressHealthProbe(new HealthOptions());
        Assert.Equal("HTTP 503", (await ProbeAsync(probe, $"http://127.0.0.1:{server.Port}")).Detail);
        Assert.Equal("connected", (await ProbeAsync(probe, $"tcp://127.0.0.1:{server.Port}")).Detail);
        Assert.Single(server.Heads);
    }

    [Fact]
    public async Task An_unknown_scheme_is_down_with_a_cause_that_helps()
    {
        using var probe = new AddressHealthProbe(new HealthOptions());
        Assert.Equal(
            new ProbeResult(IsUp: false, "no probe for the scheme 'db': use http, https or tcp, or give a probe of your own"),
            await ProbeAsync(probe, "db://x"));
    }

    [Fact]
    public void A_cause_is_the_innermost_one_in_plain_words()
    {
        Assert.Equal("inner", FailureCause.Of(new InvalidOperationException("outer", new InvalidOperationException("inner"))));
        Assert.Equal("connection reset", FailureCause.Of(new IOException("x", new SocketException((int)SocketError.ConnectionReset))));
        Assert.Equal("the probe was cancelled", FailureCause.Of(new TaskCanceledException()));
        Assert.Equal("InvalidOperationException", FailureCause.Of(new InvalidOperationException("")));
    }

    private sealed class Check(Func<HealthCheckContext, HealthCheckResult> check) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(check(context));
    }

    private static async Task<ProbeResult> ProbeAsync(IHealthProbe probe, string address) =>
        await probe.ProbeAsync(new Backend("a", new Uri(address)), CancellationToken.None);
}
