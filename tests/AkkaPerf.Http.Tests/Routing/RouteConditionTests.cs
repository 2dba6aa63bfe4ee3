using System.Net;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>Which route takes a request.</summary>
public sealed class RouteConditionTests
{
    [Theory]
    [InlineData("/", "", "any")]
    [InlineData("/?v=2", "", "query")]
    [InlineData("/?V=2", "", "query")]
    [InlineData("/?v=20", "", "any")]
    [InlineData("/", "X-Api: 2", "header")]
    [InlineData("/", "X-Api: 2\r\nConnection: X-Api", "header")] // for this hop, though for none behind it
    [InlineData("/", "X-Api: 2\r\nX-Beta: 1\r\nConnection: X-Beta, X-Api", "any")]
    [InlineData("/?v=2", "X-Api: 2", "both")]
    [InlineData("/?v=2", "x-api: 2\r\nX-Beta: 1", "any")]
    [InlineData("/", "Accept: text/html, APPLICATION/JSON", "json")]
    public async Task The_route_that_asks_for_most_goes_first(string target, string headers, string taken)
    {
        await using var origin = await Origin.StartAsync(context =>
        {
            var name = context.Request.Headers["X-Route"].ToString();
            context.Response.ContentLength = name.Length;
            return context.Response.WriteAsync(name);
        });
        await using var proxy = await Proxy.ToAsync("", configure: null, app =>
        {
            Map(app, "any", _ => { });
            Map(app, "query", route => route.Query.Add(new() { Name = "v", Values = ["2"] }));
            Map(app, "header", route =>
            {
                route.Headers.Add(new() { Name = "X-Api", Values = ["1", "2"] });
                route.Headers.Add(new() { Name = "X-Beta", Mode = MatchMode.Absent });
            });
            Map(app, "both", route =>
            {
                route.Headers.Add(new() { Name = "X-Api", Mode = MatchMode.Exists });
                route.Headers.Add(new() { Name = "X-Beta", Mode = MatchMode.Absent });
                route.Query.Add(new() { Name = "v", Values = ["2"] });
            });
            Map(app, "json", route => route.Headers.Add(new() { Name = "Accept", Values = ["application/json"], Mode = MatchMode.Contains }));
            Map(app, "strict", route => route.Headers.Add(new() { Name = "X-Api", Values = ["never"], Mode = MatchMode.Prefix, IgnoreCase = false }));
            Map(app, "any", route =>
            {
                route.Order = -1;
                route.Headers.Add(new() { Name = "X-Beta", Mode = MatchMode.Exists });
            });
        }, origin.Address);
        var lines = headers.Length > 0 ? headers + "\r\n" : "";
        var response = await RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\n{lines}Connection: close\r\n\r\n");
        Assert.EndsWith($"\r\n\r\n{taken}", response, StringComparison.Ordinal);

        static void Map(WebApplication app, string name, Action<HttpRouteOptions> configure) => app.MapPipeline("/{**path}", "shop", route =>
        {
            route.RequestHeaders.Set.Add(new() { Name = "X-Route", Value = name });
            configure(route);
        });
    }

    [Fact]
    public async Task Whoever_fits_no_route_gets_a_problem()
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync("here"));
        await using var proxy = await Proxy.ToAsync("", configure: null, app =>
        {
            app.UseRouting();
            app.UseUnroutedProblem();
            app.MapPipeline("/{**path}", "shop", route => route.Headers.Add(new() { Name = "X-Key", Mode = MatchMode.Exists }));
        }, origin.Address);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("no-route", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_in_code_are_told_together()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        await using var app = builder.Build();
        var fault = Assert.Throws<ArgumentException>(() => app.MapPipeline("/a/{x}", "shop", route =>
        {
            route.Headers.Add(new() { Name = "" });
            route.RequestHeaders.Remove.Add("Transfer-Encoding");
            route.ResponseHeaders.Set.Add(new() { Name = "Host", Value = "x" });
            route.Path.Pattern = "/v1/{**path}";
            route.Timeout = TimeSpan.FromDays(2);
            route.Maintenance.Status = 100;
            route.Proxy.Forwarded.Trusted.Add("10.0.0.0/99");
            route.Proxy.Via = "a b";
        }));
        foreach (var part in new[] { "/a/{x}", "Headers[0].Name", "RequestHeaders.Remove[0]", "ResponseHeaders.Set[0]", "{path}", "Timeout", "Maintenance.Status", "Proxy.Forwarded.Trusted[0]", "Proxy.Via" })
        {
            Assert.Contains(part, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Conditions_need_the_services_that_know_them()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        AkkaPerf.Hosting.AkkaPerfServices.AddAkkaPerf(builder.Services);
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        await using var app = builder.Build();
        var fault = Assert.Throws<InvalidOperationException>(() => app.MapPipeline("/", "shop", route => route.Query.Add(new() { Name = "v", Mode = MatchMode.Exists })));
        Assert.Contains("AddAkkaPerfHttp", fault.Message, StringComparison.Ordinal);
    }
}
