using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Proxying;

public sealed class MaxForwardsTests
{
    [Theory]
    [InlineData("TRACE", "1", "0")]
    [InlineData("OPTIONS", "10", "9")]
    [InlineData("OPTIONS", "99999999999999999999", "9223372036854775806")]
    [InlineData("OPTIONS", "some", "some")]
    [InlineData("OPTIONS", "-1", "-1")]
    [InlineData("GET", "0", "0")]
    [InlineData("POST", "5", "5")]
    public async Task A_hop_is_counted_where_hops_count(string method, string came, string goes)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        await RawConnection.AskAsync(
            proxy.Address, $"{method} / HTTP/1.1\r\nHost: shop\r\nMax-Forwards: {came}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.Contains($"\r\nMax-Forwards: {goes}\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_trace_is_echoed_here_without_what_may_be_secret()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(
            proxy.Address,
            "TRACE /a%2Fb?q HTTP/1.1\r\nHost: shop\r\nMax-Forwards: 0\r\nX-Two: 1\r\nX-Two: caf\u00e9\r\nCookie: a=1\r\nAuthorization: Basic eA==\r\n"
            + "Proxy-Authorization: Basic eA==\r\nX-Api-Key: x\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: message/http\r\n", response, StringComparison.Ordinal);
        var lines = response[(response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Split("\r\n");
        Assert.Equal("TRACE /a%2Fb?q HTTP/1.1", lines[0]);
        Assert.Equal(
            ["Connection: close", "Host: shop", "Max-Forwards: 0", "X-Two: 1", "X-Two: caf\u00e9"],
            lines[1..].Where(line => line.Length > 0).Order(StringComparer.Ordinal));
        Assert.Empty(origin.Heads);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("*")]
    public async Task The_last_options_is_answered_here(string target)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(
            proxy.Address, $"OPTIONS {target} HTTP/1.1\r\nHost: shop\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", response, StringComparison.Ordinal);
        Assert.Empty(origin.Heads);
    }
}
