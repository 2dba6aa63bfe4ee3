using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Caching;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>No request gets past a route by spelling in another way what it is for.</summary>
public sealed class NormalizedRoutingTests
{
    [Theory]
    [InlineData("/admin")]
    [InlineData("//admin")]
    [InlineData("///ADMIN//")]
    [InlineData("//admin/x//y?//")]
    [InlineData("//%61dmin")]
    [InlineData("/x/..//admin")]
    [InlineData("http://shop//admin")]
    public async Task Empty_segments_lead_past_no_route(string target)
    {
        await using var origin = RawOrigin.Answering(CachedShop.Empty("200 OK"));
        await using var proxy = await StartAsync(origin, app =>
        {
            app.MapPipeline("/{**path}", "shop");
            app.MapPipeline("/admin/{**path}", "shop", static route => route.Maintenance.Enabled = true);
        });
        Assert.StartsWith("HTTP/1.1 503 ", await AskAsync(proxy, target, "shop"), StringComparison.Ordinal);
        Assert.Empty(origin.Heads);
    }

    [Theory]
    [InlineData("shop.example", "/a//b/?x=//y")]
    [InlineData("shop.example", "//a//b/")]
    [InlineData("shop.example", "/")]
    [InlineData("shop.example", "//")]
    [InlineData("shop.example", "//evil.example/x")]
    public async Task They_are_forwarded_all_the_same(string host, string target) => Assert.StartsWith($"GET {target} HTTP/1.1\r\n", await HeadAsync(host, target), StringComparison.Ordinal);

    [Theory]
    [InlineData("/users/7/a//b", "/v2/7/of/a//b")]
    [InlineData("//users///7/a//b/", "/v2/7/of/a//b/")]
    [InlineData("/users/7//a/b", "/v2/7/of//a/b")]
    [InlineData("//users//%2F", "/v2/%2F/of/")]
    public async Task A_pattern_finds_its_parameters_among_them(string target, string asked) =>
        Assert.StartsWith($"GET {asked} HTTP/1.1\r\n", await HeadAsync("shop", target, static route => route.Path.Pattern = "/v2/{id}/of/{rest}", "/users/{id}/{**rest}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("//shop//v1//a//b", "/new//a//b")]
    [InlineData("/shop/v1", "/new")]
    [InlineData("/shop//v1/", "/new/")]
    public async Task A_prefix_is_taken_off_with_them(string target, string asked) => Assert.StartsWith(
        $"GET {asked} HTTP/1.1\r\n",
        await HeadAsync(
            "shop",
            target,
            static route =>
            {
                route.Path.RemovePrefix = "/shop/v1";
                route.Path.AddPrefix = "/new";
            },
            "/shop/v1/{**path}"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("shop.example", "shop.example")]
    [InlineData("shop.example.", "shop.example")]
    [InlineData("SHOP.example.:80", "SHOP.example:80")]
    [InlineData("shop.example..", "shop.example")]
    [InlineData("a.cdn.example.", "a.cdn.example")]
    public async Task A_dot_at_its_end_leads_past_no_host_and_is_not_forwarded(string host, string forwarded)
    {
        await using var origin = RawOrigin.Answering(CachedShop.Empty("200 OK"));
        await using var proxy = await StartAsync(origin, app =>
        {
            app.MapPipeline("/{**path}", "shop", static route => route.Maintenance.Enabled = true);
            app.MapPipeline("/{**path}", "shop", static route => route.PreserveHost = true).RequireHost("shop.example", "*.cdn.example");
        });
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(proxy, "/", host), StringComparison.Ordinal);
        var head = Assert.Single(origin.Heads);
        Assert.Equal((forwarded, forwarded), (CachedShop.Field(head, "Host"), CachedShop.Field(head, "X-Forwarded-Host")));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("[::1]")]
    [InlineData("127.0.0.1:81")]
    public async Task What_has_no_name_before_it_stays(string host) => Assert.Equal(host, CachedShop.Field(await HeadAsync(host, "/"), "X-Forwarded-Host"));

    [Fact]
    public async Task Both_hold_for_http_2()
    {
        await using var origin = RawOrigin.Answering(CachedShop.Empty("200 OK"));
        await using var proxy = await StartAsync(origin, app =>
        {
            app.MapPipeline("/{**path}", "shop", static route => route.Maintenance.Enabled = true);
            app.MapPipeline("/open/{**path}", "shop").RequireHost("shop.example");
        });
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: true, (":method", "GET"), (":scheme", "http"), (":path", "//open//x"), (":authority", "shop.example."));
        Assert.Equal(200, (await client.ReadOfAsync(1))!.ReadStatus());
        Assert.StartsWith("GET //open//x HTTP/1.1\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_forwarded_in_two_ways_is_stored_in_two_places()
    {
        var calls = 0;
        await using var shop = await CachedShop.RoutedAsync(
            head => CachedShop.Ok("Cache-Control: max-age=60", $"{head.Split(' ')[1]} {Interlocked.Increment(ref calls)}"),
            app =>
            {
                app.UseNormalizedRouting();
                app.MapPipeline("/{**path}", "shop");
                app.MapPipeline("/cut/{**path}", "shop", static route => route.Path.RemovePrefix = "/cut");
            });
        foreach (var (target, body) in new[] { ("/a/b", "/a/b 1"), ("//a/b", "//a/b 2"), ("/a//b", "/a//b 3"), ("/a/b", "/a/b 1"), ("//a/b", "//a/b 2"), ("//cut/a//b", "/a//b 3") })
        {
            Assert.EndsWith($"\r\n\r\n{body}", await shop.GetAsync(target: target), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_purge_knows_the_place_of_what_a_prefix_was_taken_off()
    {
        await using var shop = await CachedShop.RoutedAsync(
            static _ => CachedShop.Ok("Cache-Control: max-age=60"),
            app =>
            {
                app.UseNormalizedRouting();
                app.MapPipeline("/cut/{**path}", "shop", static route => route.Path.RemovePrefix = "/cut");
            });
        await shop.GetAsync(target: "//cut//a");
        using var content = new StringContent("""{"urls":["http://shop//cut//a"]}""", encoding: null, "application/json");
        using var answer = await shop.Proxy.Client.PostAsync("/-/pipelines/shop/purge", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await shop.GetAsync(target: "//cut//a");
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task What_is_spelt_as_usual_costs_no_allocation()
    {
        var normalized = NormalizedRouting.Wrap(static _ => Task.CompletedTask);
        var context = new DefaultHttpContext();
        context.Request.Path = "/a/b/c";
        context.Request.Headers.Host = "shop.example:8080";
        await normalized(context);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            _ = normalized(context);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static async Task<string> HeadAsync(string host, string target, Action<HttpRouteOptions>? configure = null, string match = "/{**path}")
    {
        await using var origin = RawOrigin.Answering(CachedShop.Empty("200 OK"));
        await using var proxy = await StartAsync(origin, app => app.MapPipeline(match, "shop", configure ?? (static _ => { })));
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(proxy, target, host), StringComparison.Ordinal);
        return Assert.Single(origin.Heads);
    }

    private static Task<string> AskAsync(Proxy proxy, string target, string host) =>
        RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

    private static Task<Proxy> StartAsync(RawOrigin origin, Action<WebApplication> map) => Proxy.ToAsync(
        "",
        configure: null,
        app =>
        {
            app.UseNormalizedRouting();
            map(app);
        },
        origin.Address);
}
