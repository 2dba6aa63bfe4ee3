using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>Which of several routes takes a request that fits them all.</summary>
public sealed class RouteChoiceTests
{
    [Theory]
    [InlineData("X-One: 1\r\nX-Two: 2", "one")]
    [InlineData("X-Two: 2", "two")]
    public async Task The_first_of_those_that_ask_for_as_much(string fields, string taken) => Assert.Equal(taken, await TakenAsync("/", "shop", fields, app =>
    {
        Map(app, "/{**path}", "one", route => route.Headers.Add(new() { Name = "X-One", Mode = MatchMode.Exists }));
        Map(app, "/{**path}", "two", route => route.Headers.Add(new() { Name = "X-Two", Mode = MatchMode.Exists }));
    }));

    [Fact]
    public async Task The_first_of_those_whose_constraints_tell_nothing_apart() => Assert.Equal("int", await TakenAsync("/5", "shop", "", app =>
    {
        Map(app, "/{id:int}", "int");
        Map(app, "/{id:long}", "long");
    }));

    [Theory]
    [InlineData("shop.example", "shop")]
    [InlineData("SHOP.example", "shop")]
    [InlineData("shop.example:80", "shop")]
    [InlineData("shop.example:8080", "port")]
    [InlineData("a.shop.example", "near")]
    [InlineData("a.b.shop.example", "near")]
    [InlineData("b.example", "far")]
    [InlineData("example", "any")]
    [InlineData("evilshop.example", "far")]
    [InlineData("[::1]", "any")]
    [InlineData("xn--bcher-kva.test", "idn")]
    public async Task The_host_that_says_most(string host, string taken) => Assert.Equal(taken, await TakenAsync("/", host, "", app =>
    {
        Map(app, "/{**path}", "any");
        Map(app, "/{**path}", "far").RequireHost("*.example");
        Map(app, "/{**path}", "near").RequireHost("*.shop.example");
        Map(app, "/{**path}", "shop").RequireHost("shop.example");
        Map(app, "/{**path}", "port").RequireHost("shop.example:8080");
        Map(app, "/{**path}", "idn").RequireHost("xn--bcher-kva.test");
    }));

    [Theory]
    [InlineData("/a/b", "literal")]
    [InlineData("/A/%62", "literal")]
    [InlineData("/a/b/", "literal")]
    [InlineData("/a/5", "number")]
    [InlineData("/a/x", "parameter")]
    [InlineData("/a/x/y", "rest")]
    [InlineData("/a%2Fb", "any")]
    [InlineData("/", "any")]
    [InlineData("//a/b", "any")]
    [InlineData("/z/../a/b", "literal")]
    [InlineData("/z/%2e%2E/a/b", "literal")]
    [InlineData("/a/b;x=1", "parameter")]
    public async Task The_path_that_says_most(string target, string taken) => Assert.Equal(taken, await TakenAsync(target, "shop", "", app =>
    {
        Map(app, "/{**path}", "any");
        Map(app, "/a/{**path}", "rest");
        Map(app, "/a/{one}", "parameter");
        Map(app, "/a/{one:int}", "number");
        Map(app, "/a/b", "literal");
    }));

    private static IEndpointConventionBuilder Map(WebApplication app, string match, string name, Action<HttpRouteOptions>? configure = null) => app.MapPipeline(match, "shop", route =>
    {
        route.RequestHeaders.Set.Add(new() { Name = "X-Route", Value = name });
        configure?.Invoke(route);
    });

    private static async Task<string> TakenAsync(string target, string host, string fields, Action<WebApplication> map)
    {
        await using var origin = await Origin.StartAsync(context =>
        {
            // Without it the end may come later than the body, which then comes in chunks.
            var route = context.Request.Headers["X-Route"].ToString();
            context.Response.ContentLength = route.Length;
            return context.Response.WriteAsync(route);
        });
        await using var proxy = await Proxy.ToAsync("", configure: null, map, origin.Address);
        var lines = fields.Length > 0 ? fields + "\r\n" : "";
        var response = await RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: {host}\r\n{lines}Connection: close\r\n\r\n");
        return response.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) ? response[(response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..] : response;
    }
}
