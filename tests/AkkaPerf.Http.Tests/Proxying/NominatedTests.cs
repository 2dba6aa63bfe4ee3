using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Proxying;

/// <summary>A client may name in Connection what is its own to drop, and nothing else.</summary>
public sealed class NominatedTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    [Theory]
    [InlineData("Connection: X-Named")]
    [InlineData("Connection: close, X-Named")]
    [InlineData("Connection: X-Named,close")]
    [InlineData("Connection: keep-alive, X-Named")]
    [InlineData("connection: Keep-Alive , x-named")]
    [InlineData("Connection: close\r\nConnection: X-Named")]
    [InlineData("Connection: X-Named\r\nConnection: keep-alive")]
    [InlineData("Connection: upgrade, X-Named\r\nUpgrade: h2c")]
    public async Task What_it_names_is_dropped_whatever_else_it_says(string connection)
    {
        foreach (var method in new[] { "GET", "POST" })
        {
            var head = await HeadAsync(method, $"{connection}\r\nX-Named: 1\r\nX-Stays: 2\r\n");
            Assert.DoesNotContain("X-Named", head, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("\r\nX-Stays: 2\r\n", head, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task It_takes_away_nothing_that_the_route_says(string method)
    {
        var head = await HeadAsync(method, "Connection: X-Tenant, Via, X-Forwarded-For, Host, X-Key\r\nX-Tenant: evil\r\nX-Key: k\r\n");
        Assert.Contains("\r\nX-Tenant: a\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Key: b\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nVia: 1.1 edge\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Forwarded-For: 127.0.0.1\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_takes_from_the_backend_is_not_in_the_caches_key_either()
    {
        await using var origin = await Origin.StartAsync(context =>
        {
            context.Response.Headers.CacheControl = "max-age=60";
            context.Response.Headers.Vary = "Accept-Language";
            return context.Response.WriteAsync($"[{context.Request.Headers.AcceptLanguage}]");
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        await AskAsync("Connection: Accept-Language\r\nAccept-Language: de");
        Assert.EndsWith("[de]", await AskAsync("Accept-Language: de\r\nConnection: close"), StringComparison.Ordinal);

        async Task<string> AskAsync(string fields)
        {
            using var client = await RawConnection.OpenAsync(proxy.Address);
            await client.SendAsync($"GET /x HTTP/1.1\r\nHost: shop\r\n{fields}\r\n\r\n");
            return await client.ReadThroughAsync("]");
        }
    }

    [Fact]
    public async Task A_connection_that_names_more_than_it_closes_still_closes() =>
        Assert.StartsWith("HTTP/1.1 200 ", await AskToEndAsync("POST", "Connection: close, X-Named\r\n"), StringComparison.Ordinal);

    private static async Task<string> HeadAsync(string method, string fields)
    {
        await using var origin = RawOrigin.Answering(Ok);
        await using var proxy = await StartAsync(origin);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n{fields}\r\n");
        await client.ReadHeadAsync();
        return Assert.Single(origin.Heads);
    }

    private static async Task<string> AskToEndAsync(string method, string fields)
    {
        await using var origin = RawOrigin.Answering(Ok);
        await using var proxy = await StartAsync(origin);
        return await RawConnection.AskAsync(proxy.Address, $"{method} / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n{fields}\r\n");
    }

    private static Task<Proxy> StartAsync(RawOrigin origin) => Proxy.ToAsync("", configure: null, app => app.MapPipeline("/{**path}", "shop", route =>
    {
        route.Proxy.Via = "edge";
        route.RequestHeaders.Set.Add(new() { Name = "X-Tenant", Value = "a" });
        route.RequestHeaders.Append.Add(new() { Name = "X-Key", Value = "b" });
    }), origin.Address);
}
