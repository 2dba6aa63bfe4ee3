using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Proxying;

public sealed class HopByHopTests
{
    [Fact]
    public async Task What_concerns_the_clients_hop_stays_there()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(
            "GET / HTTP/1.1\r\nHost: shop\r\nConnection: X-Named\r\nConnection: x-other\r\nX-Named: 1\r\nX-Other: 2\r\nKeep-Alive: timeout=5\r\n"
            + "Proxy-Connection: keep-alive\r\nTE: trailers, deflate\r\nTrailer: X\r\nProxy-Authorization: Basic eA==\r\nProxy-Authenticate: x\r\n"
            + "Alt-Svc: x\r\nX-Stays: yes\r\nAuthorization: Basic eA==\r\nUpgrade-Insecure-Requests: 1\r\n\r\n");
        await client.ReadHeadAsync();
        var head = Assert.Single(origin.Heads);
        foreach (var name in new[] { "X-Named", "X-Other", "Keep-Alive", "Proxy-", "Trailer:", "Alt-Svc", "deflate", "Connection" })
        {
            Assert.DoesNotContain(name, head, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Contains("\r\nTE: trailers\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Stays: yes\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nAuthorization: Basic eA==\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nUpgrade-Insecure-Requests: 1\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_concerns_the_backends_hop_stays_there()
    {
        await using var origin = RawOrigin.Answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, X-Named\r\nX-Named: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: x\r\n"
            + "Alt-Svc: h3=\":443\"\r\nUpgrade: h2c\r\nTrailer: X\r\nX-Stays: yes\r\n\r\nok");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
        var head = await client.ReadThroughAsync("\r\n\r\nok");
        foreach (var name in new[] { "X-Named", "Keep-Alive", "Proxy-", "Alt-Svc", "Upgrade", "Trailer", "Connection" })
        {
            Assert.DoesNotContain(name, head, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Contains("X-Stays: yes\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_the_client_is_says_the_proxy_alone()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        await RawConnection.AskAsync(
            proxy.Address,
            "GET / HTTP/1.1\r\nHost: Shop.example:8080\r\nConnection: close, X-Forwarded-For\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\n"
            + "x-forwarded-proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\nForwarded: for=6.6.6.6\r\n\r\n");
        var lines = Assert.Single(origin.Heads).Split("\r\n").Where(line => line.Contains("orwarded", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "Forwarded: for=127.0.0.1;host=\"Shop.example:8080\";proto=http",
                "X-Forwarded-For: 127.0.0.1",
                "X-Forwarded-Host: Shop.example:8080",
                "X-Forwarded-Proto: http",
            ],
            lines);
    }
}
