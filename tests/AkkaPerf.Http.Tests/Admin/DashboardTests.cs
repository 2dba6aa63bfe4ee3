using System.Net;
using System.Net.Http.Headers;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;

namespace AkkaPerf.Http.Tests.Admin;

public sealed class DashboardTests
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:1");

    [Theory]
    [InlineData("/-/", "text/html")]
    [InlineData("/-/dashboard/main.js", "text/javascript")]
    [InlineData("/-/dashboard/dashboard.css", "text/css")]
    [InlineData("/-/dashboard/uPlot.iife.min.js", "text/javascript")]
    [InlineData("/-/dashboard/uPlot.LICENSE.txt", "text/plain")]
    public async Task Its_parts_come_from_here_and_nothing_else_may(string path, string type)
    {
        await using var proxy = await Proxy.ToAsync(Nowhere);
        using var response = await proxy.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(path.EndsWith(".txt", StringComparison.Ordinal) || !text.Replace("http://www.w3.org/", "", StringComparison.Ordinal).Contains("http://", StringComparison.Ordinal));
        Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_that_has_a_part_is_told_so()
    {
        await using var proxy = await Proxy.ToAsync(Nowhere);
        using var first = await proxy.Client.GetAsync("/-/dashboard/main.js");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/-/dashboard/main.js");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await proxy.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        again.Dispose();
        using var other = new HttpRequestMessage(HttpMethod.Get, "/-/dashboard/main.js");
        other.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"other\""));
        using var third = await proxy.Client.SendAsync(other);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task The_page_is_a_folder_so_that_its_parts_are_found()
    {
        await using var proxy = await Proxy.ToAsync(Nowhere);
        using var response = await proxy.Client.GetAsync("/-");
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("/-/", response.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("/-/dashboard/none.js")]
    [InlineData("/-/dashboard/..%2Findex.html")]
    public async Task There_are_no_other_parts(string path)
    {
        await using var proxy = await Proxy.ToAsync(Nowhere);
        using var response = await proxy.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("\"reason\":\"no-such-file\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_keeps_its_own_start_page()
    {
        await using var proxy = await Proxy.ToAsync(
            "",
            configure: null,
            app =>
            {
                app.MapGet("/", () => "own");
                app.MapAkkaPerfAdmin();
            },
            Nowhere);
        Assert.Equal("own", await proxy.Client.GetStringAsync("/"));
        using var pipelines = await proxy.Client.GetAsync("/pipelines");
        Assert.Equal(HttpStatusCode.OK, pipelines.StatusCode);
    }
}
