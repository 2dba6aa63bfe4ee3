using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>What backends and clients are told of the proxy and of one another.</summary>
public sealed class ProxyIdentityTests
{
    private const string Claims =
        "X-Forwarded-For: 203.0.113.9, 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nForwarded: for=203.0.113.9;proto=https\r\n";

    [Fact]
    public async Task A_trusted_proxys_word_is_added_to()
    {
        var head = await HeadAsync(proxy => proxy.Forwarded.Trusted.Add("127.0.0.0/8"), Claims);
        Assert.Contains("\r\nX-Forwarded-For: 203.0.113.9, 10.0.0.1, 127.0.0.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Forwarded-Proto: https\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Forwarded-Host: shop.example\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nForwarded: for=203.0.113.9;proto=https, for=127.0.0.1;host=\"shop\";proto=http\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("::1")]
    [InlineData("")]
    public async Task Anybody_elses_is_dropped(string trusted)
    {
        var head = await HeadAsync(proxy => ((List<string>)(trusted.Length > 0 ? [trusted] : [])).ForEach(proxy.Forwarded.Trusted.Add), Claims);
        Assert.Contains("\r\nX-Forwarded-For: 127.0.0.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Forwarded-Proto: http\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Forwarded-Host: shop\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.9", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trusted_address_says_nothing_and_is_told_itself() =>
        Assert.Contains("\r\nX-Forwarded-For: 127.0.0.1\r\n", await HeadAsync(proxy => proxy.Forwarded.Trusted.Add("127.0.0.1"), ""), StringComparison.Ordinal);

    [Fact]
    public async Task Switched_off_none_of_it_reaches_a_backend() =>
        Assert.DoesNotContain("Forwarded", await HeadAsync(proxy => proxy.Forwarded.Enabled = false, Claims), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public async Task Via_names_the_hop_both_ways()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nVia: 1.0 cache\r\nConnection: close\r\n\r\n");
        await using var proxy = await StartAsync(origin, proxy => proxy.Via = "edge-1");
        var response = await RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nVia: 2 cdn (Squid)\r\nConnection: close\r\n\r\n");
        Assert.Contains("\r\nVia: 2 cdn (Squid), 1.1 edge-1\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
        Assert.Contains("\r\nVia: 1.0 cache\r\nVia: 1.1 edge-1\r\n", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Via: 1.1 edge-1")]
    [InlineData("Via: 2 cdn, 1.1 EDGE-1 (comment)")]
    [InlineData("Via: 1.1 a\r\nVia: HTTP/1.1 edge-1")]
    [InlineData("Via: 1.1\tedge-1(comment)")]
    public async Task A_request_that_comes_round_again_is_refused(string via)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await StartAsync(origin, proxy =>
        {
            proxy.Via = "edge-1";
            proxy.ProxyStatus = "edge-1";
        });
        var response = await RawConnection.AskAsync(proxy.Address, $"GET / HTTP/1.1\r\nHost: shop\r\n{via}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 508 ", response, StringComparison.Ordinal);
        Assert.Contains("\r\nProxy-Status: edge-1; error=proxy_loop_detected\r\n", response, StringComparison.Ordinal);
        Assert.Empty(origin.Heads);
    }

    [Fact]
    public async Task Proxy_status_says_that_nobody_listens()
    {
        using var nobody = new ClosedPort();
        await using var proxy = await Proxy.ToAsync("", configure: null, Map(proxy => proxy.ProxyStatus = "edge"), nobody.Address);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal("edge; error=connection_refused", response.Headers.GetValues("Proxy-Status").Single());
    }

    [Fact]
    public async Task Via_says_by_which_protocol_a_response_came()
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync("here"), isHttp2: true);
        await using var proxy = await Proxy.ToAsync("", options => options.BackendHttp = BackendHttp.Http2, Map(proxy => proxy.Via = "edge"), origin.Address);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal("2 edge", response.Headers.Via.Single().ToString());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")] // not the short way
    public async Task Via_says_so_of_each_response_on_a_connection(string method)
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync("here"), isHttp2: true);
        await using var proxy = await Proxy.ToAsync(
            "",
            options => options.BackendHttp = BackendHttp.Http2,
            app =>
            {
                app.MapPipeline("/{**path}", "shop", static route => route.Proxy.Via = "edge");
                app.MapPipeline("/closed", "shop", static route =>
                {
                    route.Proxy.Via = "edge";
                    route.Maintenance.Enabled = true;
                });
            },
            origin.Address);
        foreach (var (path, via) in new[] { ("/", "2 edge"), ("/closed", "1.1 edge"), ("/", "2 edge") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            using var response = await proxy.Client.SendAsync(request);
            Assert.Equal(via, response.Headers.Via.Single().ToString());
        }
    }

    [Fact]
    public void Via_needs_no_items_of_a_request()
    {
        var context = new DefaultHttpContext();
        new ViaHeader("edge").AddTo(context.Response);
        Assert.Equal("1.1 edge", context.Response.Headers.Via);
        Assert.Null(context.Features.Get<IItemsFeature>());
    }

    [Theory]
    [InlineData("edge-1", "edge-1")]
    [InlineData("1edge", "\"1edge\"")]
    [InlineData("*edge", "*edge")]
    [InlineData("_edge", "\"_edge\"")]
    public async Task Proxy_status_is_a_structured_field_whatever_the_name(string name, string written)
    {
        using var nobody = new ClosedPort();
        await using var proxy = await Proxy.ToAsync("", configure: null, Map(proxy => proxy.ProxyStatus = name), nobody.Address);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal($"{written}; error=connection_refused", response.Headers.GetValues("Proxy-Status").Single());
    }

    [Theory]
    [InlineData("GET /a%2Fb HTTP/1.1\r\nHost: shop\r\n", 400)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: shop\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n", 413)]
    [InlineData("CONNECT shop:80 HTTP/1.1\r\nHost: shop:80\r\n", 501)]
    public async Task Proxy_status_stands_on_every_answer_of_our_own(string head, int status)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("", configure: null, app => app.MapPipeline("/{**path}", "shop", route =>
        {
            route.MaxRequestBody = 8;
            route.Proxy.ProxyStatus = "edge";
            route.Proxy.EncodedSlash = EncodedSlash.Refuse;
        }), origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"{head}Connection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
        Assert.Contains("\r\nProxy-Status: edge; error=http_request_error\r\n", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a%2Fb", 400)]
    [InlineData("/a%5cb", 400)]
    [InlineData("/a%2", 200)]
    [InlineData("/a?b=%2F", 200)]
    public async Task An_encoded_slash_can_be_refused(string target, int status) => Assert.Equal(status, await StatusAsync(target, proxy => proxy.EncodedSlash = EncodedSlash.Refuse));

    [Theory]
    [InlineData("/a/../b", 400)]
    [InlineData("/a/%2E%2e/b", 400)]
    [InlineData("/a/.", 400)]
    [InlineData("/a/.b/..c/d..", 200)]
    [InlineData("/a?/../b", 200)]
    public async Task Dot_segments_can_be_refused(string target, int status) => Assert.Equal(status, await StatusAsync(target, proxy => proxy.DotSegments = DotSegments.Refuse));

    private static async Task<int> StatusAsync(string target, Action<HttpProxyOptions> configure)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await using var proxy = await StartAsync(origin, configure);
        var response = await RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        return int.Parse(response.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<string> HeadAsync(Action<HttpProxyOptions> configure, string headers)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await using var proxy = await StartAsync(origin, configure);
        await RawConnection.AskAsync(proxy.Address, $"GET / HTTP/1.1\r\nHost: shop\r\n{headers}Connection: close\r\n\r\n");
        return Assert.Single(origin.Heads);
    }

    private static Task<Proxy> StartAsync(RawOrigin origin, Action<HttpProxyOptions> configure) => Proxy.ToAsync("", configure: null, Map(configure), origin.Address);

    private static Action<WebApplication> Map(Action<HttpProxyOptions> configure) => app => app.MapPipeline("/{**path}", "shop", route => configure(route.Proxy));
}
