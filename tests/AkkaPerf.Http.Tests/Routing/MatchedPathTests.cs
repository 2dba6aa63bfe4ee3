using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>What a route was chosen by is what its backend is asked for, however it is written.</summary>
public sealed class MatchedPathTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    [Theory]
    [InlineData("/users/a%252Fb/c", "/v2/a%252Fb/of/c")]
    [InlineData("/users/a%2Fb/c", "/v2/a%2Fb/of/c")]
    [InlineData("/users/7/%252e%252e/x", "/v2/7/of/%252e%252e/x")]
    [InlineData("/users/7/..%252f..%252fx", "/v2/7/of/..%252f..%252fx")]
    [InlineData("/users/7/..%2f..%252fx", "/v2/7/of/..%2f..%252fx")]
    [InlineData("/users/7/..%3B/x", "/v2/7/of/..%3B/x")]
    [InlineData("/users/%ff/x%zz", "/v2/%ff/of/x%zz")]
    [InlineData("/users/%C3%A4+%2b/x", "/v2/%C3%A4+%2b/of/x")]
    [InlineData("/%75sers/7/a/%2e%2e/b?q=%2e", "/v2/7/of/b?q=%2e")]
    [InlineData("/users/7/a//b/", "/v2/7/of/a//b/")]
    [InlineData("/users/7/a%3Fb%23c", "/v2/7/of/a%3Fb%23c")]
    public async Task A_pattern_takes_parameters_as_they_were_written(string target, string asked) =>
        Assert.Equal(asked, await AskedForAsync(target, "/users/{id}/{**rest}", "/v2/{id}/of/{rest}"));

    [Theory]
    [InlineData("/v7/a%20b-c", "/c/a%20b/7")]
    [InlineData("/v7/a%25b-c", "/c/a%25b/7")]
    [InlineData("/v%252e%252e/a-b", "/b/a/%252e%252e")]
    public async Task Parameters_that_share_a_segment_are_encoded_again(string target, string asked) =>
        Assert.Equal(asked, await AskedForAsync(target, "/v{version}/{first}-{second}", "/{second}/{first}/{version}"));

    [Theory]
    [InlineData("/users", "/v2/nobody")]
    [InlineData("/users/some%2Done", "/v2/some%2Done")]
    public async Task A_parameter_that_was_not_written_is_what_the_route_says(string target, string asked) =>
        Assert.Equal(asked, await AskedForAsync(target, "/users/{id=nobody}", "/v2/{id}"));

    [Theory]
    [InlineData("/a%2Fb", "/a%2Fb")]
    [InlineData("http://shop/a%2Fb", "/a/b")]
    public async Task The_server_reads_an_encoded_slash_in_two_ways(string target, string path)
    {
        await using var server = await Origin.StartAsync(context => context.Response.WriteAsync(context.Request.Path.Value!));
        Assert.Contains($"\r\n{path}\r\n", await RawConnection.AskAsync(server.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://shop/a%2Fb", 400)] // the server would match it as /a/b
    [InlineData("http://shop/a%5cb", 400)]
    [InlineData("http://shop/a\\b", 400)]
    [InlineData("http://shop/a?b=%2F", 200)]
    [InlineData("http://shop/a/../b", 200)]
    [InlineData("/a#b", 400)]
    [InlineData("/a?b#c", 200)]
    [InlineData("http://shop/a#b", 400)]
    public async Task A_target_that_can_be_read_in_two_ways_is_refused(string target, int status) => Assert.Equal(status, await StatusAsync(target, static _ => { }));

    [Theory]
    [InlineData("/a\\b", 400)]
    [InlineData("/a?\\b", 200)]
    public async Task A_backslash_is_refused_as_an_encoded_one_is(string target, int status) =>
        Assert.Equal(status, await StatusAsync(target, static proxy => proxy.EncodedSlash = EncodedSlash.Refuse));

    [Theory]
    [InlineData("/a/..;/b", 400)]
    [InlineData("/a/..;x=1/b", 400)]
    [InlineData("/a/%2e.;/b", 400)]
    [InlineData("/a/.;", 400)]
    [InlineData("/a/..%3b/b", 400)]
    [InlineData("/a;x/b..;", 200)]
    public async Task Dot_segments_with_parameters_are_refused_too(string target, int status) =>
        Assert.Equal(status, await StatusAsync(target, static proxy => proxy.DotSegments = DotSegments.Refuse));

    [Theory]
    [InlineData("get", 501)]
    [InlineData("Head", 501)]
    [InlineData("pOST", 501)]
    [InlineData("brew", 200)]
    [InlineData("GET", 200)]
    public async Task A_known_method_in_other_letters_is_not_taken_for_it(string method, int status) => Assert.Equal(status, await StatusAsync("/", static _ => { }, method));

    [Theory]
    [InlineData("/v../admin", 400)]
    [InlineData("/v%2e%2e/admin", 400)]
    [InlineData("/v./admin", 400)]
    [InlineData("/v...x/admin", 200)]
    [InlineData("/v2/a..b", 200)]
    public async Task What_a_parameter_makes_leads_nowhere_else(string target, int status)
    {
        await using var origin = RawOrigin.Answering(Ok);
        await using var proxy = await Proxy.ToAsync(
            "", configure: null, app => app.MapPipeline("/v{version}/{**rest}", "shop", route => route.Path.Pattern = "/internal/{version}/{rest}"), origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status}", response, StringComparison.Ordinal);
        Assert.Equal(status == 200 ? 1 : 0, origin.Heads.Count);
    }

    [Theory]
    [InlineData("/public//../admin", DotSegments.Pass, 400)] // "/public/admin" to who resolves dots first, and "/admin" to who merges slashes first
    [InlineData("/public//x/%2e%2e/../admin", DotSegments.Pass, 400)]
    [InlineData("/public//../admin", DotSegments.Remove, 200)]
    [InlineData("/public/../admin//x", DotSegments.Pass, 200)]
    [InlineData("/public//x/../admin", DotSegments.Pass, 200)]
    [InlineData("/public?//../admin", DotSegments.Pass, 200)]
    public async Task Dots_that_take_an_empty_segment_away_are_refused_unless_they_are_removed(string target, DotSegments dots, int status) =>
        Assert.Equal(status, await StatusAsync(target, proxy => proxy.DotSegments = dots));

    private static async Task<string> AskedForAsync(string target, string match, string pattern)
    {
        await using var origin = RawOrigin.Answering(Ok);
        await using var proxy = await Proxy.ToAsync("", configure: null, app => app.MapPipeline(match, "shop", route => route.Path.Pattern = pattern), origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", response, StringComparison.Ordinal);
        return Assert.Single(origin.Heads).Split(' ')[1];
    }

    private static async Task<int> StatusAsync(string target, Action<HttpProxyOptions> configure, string method = "GET")
    {
        await using var origin = RawOrigin.Answering(Ok);
        await using var proxy = await Proxy.ToAsync("", configure: null, app => app.MapPipeline("/{**path}", "shop", route => configure(route.Proxy)), origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"{method} {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        var status = int.Parse(response.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(status == 200 ? 1 : 0, origin.Heads.Count);
        return status;
    }
}
