using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>Of which hosts anything is kept.</summary>
public sealed class HostsTests
{
    [Theory]
    [InlineData("shop.example", true)]
    [InlineData("SHOP.example", true)]
    [InlineData("shop.example:80", true)]
    [InlineData("shop.example:8080", false)]
    [InlineData("shop.example.", false)]
    [InlineData("shop.example.evil", false)]
    [InlineData("evilshop.example", false)]
    [InlineData("a.cdn.example", true)]
    [InlineData("A.b.CDN.example", true)]
    [InlineData("cdn.example", false)]
    [InlineData(".cdn.example", false)]
    [InlineData("xcdn.example", false)]
    [InlineData("other.example:8443", true)]
    [InlineData("other.example", false)]
    [InlineData("[::1]:8080", true)]
    [InlineData("[::1]", false)]
    [InlineData("", false)]
    public void Names_are_compared_as_keys_have_them(string authority, bool isKept) =>
        Assert.Equal(isKept, CacheHosts.Of(["shop.example", "*.cdn.example", "other.example:8443", "[::1]:8080"])!.Have("http", authority));

    [Fact]
    public void The_port_that_counts_for_nothing_is_the_scheme_s() =>
        Assert.Equal((true, false), (CacheHosts.Of(["shop"])!.Have("https", "shop:443"), CacheHosts.Of(["shop"])!.Have("https", "shop:80")));

    [Fact]
    public void A_look_allocates_nothing()
    {
        var hosts = CacheHosts.Of(["shop.example", "*.cdn.example"])!;
        hosts.Have("http", "A.cdn.example");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            hosts.Have("http", "SHOP.example:80");
            hosts.Have("http", "A.cdn.example");
            hosts.Have("http", "evil.example");
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("HEAD", "")]
    [InlineData("GET", "Cache-Control: only-if-cached\r\n")]
    [InlineData("GET", "Cookie: a=1\r\n")]
    public async Task A_host_that_nobody_named_leaves_no_entry_and_gets_its_answer(string method, string fields)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: public, max-age=60", hocon: "cache.http.hosts = [shop]");
        await shop.GetAsync();
        Assert.Equal("AkkaPerf; hit; ttl=60", CachedShop.Field(await shop.GetAsync(), "Cache-Status"));
        for (var i = 1; i <= 5; i++)
        {
            var answer = await AskAsync(shop.Proxy, method, $"made-up-{i}", fields);
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.Equal("AkkaPerf; fwd=bypass", CachedShop.Field(answer, "Cache-Status"));
            Assert.Equal(1 + i, shop.Calls);
        }

        Assert.Equal(1, shop.Proxy.Pipeline.Describe().Cache!.Entries);
        Assert.Equal("AkkaPerf; hit; ttl=60", CachedShop.Field(await shop.GetAsync(), "Cache-Status"));
    }

    [Fact]
    public async Task Without_the_option_a_route_says_which_hosts_there_are()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60");
        for (var i = 0; i < 2; i++)
        {
            await AskAsync(shop.Proxy, "GET", "one", "");
            await AskAsync(shop.Proxy, "GET", "other", "");
        }

        Assert.Equal((2, 2), (shop.Calls, shop.Proxy.Pipeline.Describe().Cache!.Entries));
    }

    [Theory]
    [InlineData("X-Forwarded-Host: shop/x", "/y")]
    [InlineData("X-Forwarded-Host: shop?", "/x/y")]
    [InlineData("X-Forwarded-Host: shop#", "/x/y")]
    [InlineData("X-Forwarded-Host: me@shop", "/x/y")]
    [InlineData("X-Forwarded-Host: shop\\", "/x/y")]
    [InlineData("X-Forwarded-Host: shop|X-Forwarded-Proto: http://shop/x?", "/x/y")]
    public async Task What_a_trusted_proxy_has_passed_on_makes_no_other_URL_s_key(string fields, string target)
    {
        var route = new HttpRouteOptions();
        route.Proxy.Forwarded.Trusted.Add("127.0.0.0/8");
        await using var shop = await CachedShop.OpenAsync(
            head => CachedShop.Ok("Cache-Control: max-age=60", CachedShop.Field(head, "X-Forwarded-Host") == "shop" && CachedShop.Field(head, "X-Forwarded-Proto") == "http" ? "clean" : "poison"),
            route: route);
        for (var i = 1; i <= 2; i++)
        {
            Assert.EndsWith("poison", await shop.GetAsync(fields, target), StringComparison.Ordinal);
            Assert.Equal(i, shop.Calls);
        }

        Assert.Equal(0, shop.Proxy.Pipeline.Describe().Cache!.Entries);
        Assert.EndsWith("clean", await shop.GetAsync("X-Forwarded-Host: shop|X-Forwarded-Proto: http", "/x/y"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_what_has_no_key_passes()
    {
        var route = new HttpRouteOptions();
        route.Proxy.Forwarded.Trusted.Add("127.0.0.0/8");
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Empty("204 No Content"), route: route);
        Assert.StartsWith("HTTP/1.1 204 ", await shop.AskAsync("PUT", "/", "Forwarded: host=shop|Content-Length: 0"), StringComparison.Ordinal);
    }

    private static Task<string> AskAsync(Proxy proxy, string method, string host, string fields) =>
        RawConnection.AskAsync(proxy.Address, $"{method} / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}\r\n");
}
