using System.Net.Sockets;
using AkkaPerf.Backends;
using AkkaPerf.Health;

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

    private static async Task<ProbeResult> ProbeAsync(IHealthProbe probe, string address) =>
        await probe.ProbeAsync(new Backend("a", new Uri(address)), CancellationToken.None);
}
