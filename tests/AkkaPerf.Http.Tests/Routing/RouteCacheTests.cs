using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>Routes that lead to one pipeline, and so to one cache: what they tell the backend is part of what is asked.</summary>
public sealed class RouteCacheTests
{
    [Theory]
    [InlineData("host", false)]
    [InlineData("header", false)]
    [InlineData("same", true)]
    public async Task Routes_share_an_answer_only_if_they_ask_the_same(string what, bool isShared)
    {
        var asked = 0;
        await using var origin = await StartAsync(() => Interlocked.Increment(ref asked));
        await using var proxy = await Proxy.ToAsync("", configure: null, app =>
        {
            app.MapPipeline("/one/{**path}", "shop", route => Configure(route, "1"));
            app.MapPipeline("/two/{**path}", "shop", route => Configure(route, what == "same" ? "1" : "2"));
        }, origin.Address);

        await proxy.Client.GetStringAsync("/one/x");
        await proxy.Client.GetStringAsync("/two/x");
        await proxy.Client.GetStringAsync("/one/x");
        await proxy.Client.GetStringAsync("/two/x");

        Assert.Equal(isShared ? 1 : 2, asked);

        void Configure(HttpRouteOptions route, string value)
        {
            // Both ask for the same path.
            route.Path.Pattern = "/{path}";
            if (what == "host")
            {
                route.HostHeader = $"shop-{value}.internal";
            }
            else
            {
                route.RequestHeaders.Set.Add(new() { Name = "X-Tenant", Value = value });
            }
        }
    }

    [Theory]
    [InlineData("127.0.0.1", "X-Forwarded-Host", "a.example", "b.example", 2)]
    [InlineData("127.0.0.1", "X-Forwarded-Proto", "http", "https", 2)]
    [InlineData("127.0.0.1", "X-Forwarded-Host", "a.example", "a.example", 1)]
    [InlineData("127.0.0.1", "Forwarded", "host=a.example", "host=a.example", 2)] // passes by
    [InlineData("10.0.0.1", "X-Forwarded-Host", "a.example", "b.example", 1)] // not trusted: it does not reach the backend
    public async Task What_a_trusted_proxy_says_of_host_and_scheme_is_asked_too(string trusted, string name, string first, string second, int times)
    {
        var asked = 0;
        await using var origin = await StartAsync(() => Interlocked.Increment(ref asked));
        await using var proxy = await Proxy.ToAsync(
            "", configure: null, app => app.MapPipeline("/{**path}", "shop", route => route.Proxy.Forwarded.Trusted.Add(trusted)), origin.Address);

        await AskAsync(first);
        await AskAsync(second);

        Assert.Equal(times, asked);

        async Task AskAsync(string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/x");
            request.Headers.TryAddWithoutValidation(name, value);
            using var response = await proxy.Client.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode);
        }
    }

    private static Task<Origin> StartAsync(Action asked) => Origin.StartAsync(context =>
    {
        asked();
        context.Response.Headers.CacheControl = "max-age=60";
        return context.Response.WriteAsync("kept");
    });
}
