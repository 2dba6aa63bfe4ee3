using System.Net;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>What a route changes on the way to the backend and back.</summary>
public sealed class TransformTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    [Theory]
    [InlineData("/shop/cart?a=1", "/cart?a=1")]
    [InlineData("/shop", "/")]
    [InlineData("/shop?x", "/?x")]
    [InlineData("/SHOP/cart", "/cart")]
    [InlineData("/%73hop/c%C3%A4rt", "/c%C3%A4rt")]
    [InlineData("/shop//a%2Fb", "//a%2Fb")]
    [InlineData("/shop/./a/../b", "/b")]
    public async Task A_prefix_is_taken_off_and_the_rest_stays_as_it_was_written(string target, string asked) =>
        Assert.Equal(asked, await AskedForAsync("/shop/{**path}", target, route => route.Path.RemovePrefix = "/shop"));

    [Theory]
    [InlineData("/a?b", "/v1/a?b")]
    [InlineData("/", "/v1/")]
    [InlineData("/%61", "/v1/%61")]
    public async Task A_prefix_is_put_in_front(string target, string asked) =>
        Assert.Equal(asked, await AskedForAsync("/{**path}", target, route => route.Path.AddPrefix = "/v1"));

    [Fact]
    public async Task A_prefix_takes_anothers_place() =>
        Assert.Equal("/v1/cart", await AskedForAsync("/shop/{**path}", "/shop/cart", route =>
        {
            route.Path.RemovePrefix = "/shop";
            route.Path.AddPrefix = "/v1";
        }));

    [Theory]
    [InlineData("/users/7/orders/a/b?q=1", "/v2/a/b/of/7?q=1")]
    [InlineData("/users/a%20b/orders/c", "/v2/c/of/a%20b")]
    [InlineData("/users/7/orders/", "/v2//of/7")]
    public async Task A_pattern_makes_a_path_of_what_was_matched(string target, string asked) =>
        Assert.Equal(asked, await AskedForAsync("/users/{id}/orders/{**rest}", target, route => route.Path.Pattern = "/v2/{**rest}/of/{id}".Replace("**", "", StringComparison.Ordinal)));

    [Fact]
    public async Task Headers_are_removed_set_and_appended_both_ways()
    {
        await using var origin = RawOrigin.Answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Powered-By: secret\r\nVary: Accept\r\nX-Kept: 1\r\nConnection: close\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("", configure: null, app => app.MapPipeline("/{**path}", "shop", route =>
        {
            route.RequestHeaders.Remove.Add("X-Debug");
            route.RequestHeaders.Set.Add(new() { Name = "X-Edge", Value = "1" });
            route.RequestHeaders.Append.Add(new() { Name = "Accept-Language", Value = "en" });
            route.ResponseHeaders.Remove.Add("X-Powered-By");
            route.ResponseHeaders.Set.Add(new() { Name = "Strict-Transport-Security", Value = "max-age=1" });
            route.ResponseHeaders.Append.Add(new() { Name = "Vary", Value = "Accept-Language" });
        }), origin.Address);
        var response = await RawConnection.AskAsync(
            proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nX-Debug: 1\r\nX-Edge: 0\r\nAccept-Language: de\r\nConnection: close\r\n\r\n");
        var head = Assert.Single(origin.Heads);
        Assert.DoesNotContain("X-Debug", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Edge: 1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nAccept-Language: de, en\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Powered-By", response, StringComparison.Ordinal);
        Assert.Contains("\r\nStrict-Transport-Security: max-age=1\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nVary: Accept\r\nVary: Accept-Language\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Kept: 1\r\n", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null, false, "{backend}")]
    [InlineData("", true, false, "client.test")]
    [InlineData("", false, true, "{backend}")]
    [InlineData("shop.internal:8080", true, true, "shop.internal:8080")]
    public async Task The_host_is_the_routes_before_it_is_the_pipelines(string header, bool? preserves, bool pipelinePreserves, string seen)
    {
        await using var origin = RawOrigin.Answering(Ok);
        await using var proxy = await Proxy.ToAsync("", options => options.PreserveHost = pipelinePreserves, app => app.MapPipeline("/{**path}", "shop", route =>
        {
            route.HostHeader = header;
            route.PreserveHost = preserves;
        }), origin.Address);
        await RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: client.test\r\nConnection: close\r\n\r\n");
        Assert.Contains($"\r\nHost: {seen.Replace("{backend}", origin.Address.Authority, StringComparison.Ordinal)}\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_answers_by_itself_while_it_is_under_maintenance()
    {
        await using var origin = RawOrigin.Answering(Ok);
        await using var proxy = await Proxy.ToAsync("", configure: null, app => app.MapPipeline("/{**path}", "shop", route =>
        {
            route.Maintenance.Enabled = true;
            route.Maintenance.Body = "<h1>Back at noon</h1>";
            route.Maintenance.ContentType = "text/html";
            route.Maintenance.RetryAfter = TimeSpan.FromMinutes(1.5);
        }), origin.Address);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("<h1>Back at noon</h1>", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/html", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(TimeSpan.FromSeconds(90), response.Headers.RetryAfter!.Delta);
        using var head = await proxy.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"));
        Assert.Equal(21, head.Content.Headers.ContentLength);
        Assert.Empty(origin.Heads);
    }

    [Theory]
    [InlineData("Content-Length: 17\r\n\r\nabcdefghijklmnopq", 413)]
    [InlineData("Content-Length: 16\r\n\r\nabcdefghijklmnop", 200)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n11\r\nabcdefghijklmnopq\r\n0\r\n\r\n", 413)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n", 200)] // the server counts what frames the chunks
    public async Task A_routes_limit_of_bodies_counts_for_it_alone(string body, int status)
    {
        await using var origin = await Origin.StartAsync(async context =>
        {
            using var all = new MemoryStream();
            await context.Request.Body.CopyToAsync(all);
            await context.Response.WriteAsync("all of it");
        });
        await using var proxy = await Proxy.ToAsync("", configure: null, app =>
        {
            app.MapPipeline("/{**path}", "shop");
            app.MapPipeline("/small", "shop", route => route.MaxRequestBody = 16);
        }, origin.Address);
        Assert.StartsWith($"HTTP/1.1 {status} ", await AskAsync("/small"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync("/large"), StringComparison.Ordinal);
        await proxy.IdleAsync();

        Task<string> AskAsync(string path) => RawConnection.AskAsync(proxy.Address, $"POST {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{body}");
    }

    [Fact]
    public async Task A_routes_timeout_is_shorter_than_the_pipelines()
    {
        await using var origin = await Origin.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var proxy = await Proxy.ToAsync("timeout = 1h", configure: null, app => app.MapPipeline("/{**path}", "shop", route =>
        {
            route.Timeout = TimeSpan.FromMilliseconds(50);
            route.Proxy.ProxyStatus = "edge";
        }), origin.Address);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("edge; error=http_response_timeout", response.Headers.GetValues("Proxy-Status").Single());
        await proxy.IdleAsync();
    }

    private static async Task<string> AskedForAsync(string match, string target, Action<HttpRouteOptions> configure)
    {
        await using var origin = RawOrigin.Answering(Ok);
        await using var proxy = await Proxy.ToAsync("", configure: null, app => app.MapPipeline(match, "shop", configure), origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", response, StringComparison.Ordinal);
        return Assert.Single(origin.Heads).Split(' ')[1];
    }
}
