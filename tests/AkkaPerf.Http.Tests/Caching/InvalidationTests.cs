using AkkaPerf.Hosting;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>RFC 9111, section 4.4: what changes a resource makes what is stored of it invalid.</summary>
public sealed class InvalidationTests
{
    [Theory]
    [InlineData("POST", "204 No Content", true)]
    [InlineData("PUT", "201 Created", true)]
    [InlineData("DELETE", "200 OK", true)]
    [InlineData("PATCH", "303 See Other", true)]
    [InlineData("BREW", "200 OK", true)] // whose safety is unknown
    [InlineData("POST", "400 Bad Request", false)]
    [InlineData("POST", "500 Oops", false)]
    [InlineData("OPTIONS", "200 OK", false)]
    public async Task Section_4_4_unsafe_methods_that_succeed_invalidate(string method, string status, bool isInvalid)
    {
        await using var shop = await CachedShop.OpenAsync(
            head => head.StartsWith("GET", StringComparison.Ordinal) ? CachedShop.Ok("Cache-Control: max-age=60|Vary: X-A") : CachedShop.Empty(status));
        await shop.GetAsync("X-A: 1");
        await shop.GetAsync("X-A: 2");
        var changed = await shop.AskAsync(method);
        Assert.Equal("AkkaPerf; fwd=method", CachedShop.Field(changed, "Cache-Status"));
        await shop.GetAsync("X-A: 1");
        await shop.GetAsync("X-A: 2");
        Assert.Equal(isInvalid ? 5 : 3, shop.Calls);
    }

    [Theory]
    [InlineData("Location: /other", true)]
    [InlineData("Content-Location: /other", true)]
    [InlineData("Location: http://shop/other", true)]
    [InlineData("Location: http://SHOP:80/other", true)]
    [InlineData("Location: http://elsewhere/other", false)]
    [InlineData("Location: https://shop/other", false)]
    public async Task Section_4_4_what_the_answer_names_of_the_same_origin_is_invalid_too(string field, bool isInvalid)
    {
        await using var shop = await CachedShop.OpenAsync(
            head => head.StartsWith("GET", StringComparison.Ordinal) ? CachedShop.Ok("Cache-Control: max-age=60") : CachedShop.Empty("201 Created", field));
        await shop.GetAsync(target: "/other");
        await shop.AskAsync("POST", "/a");
        await shop.GetAsync(target: "/other");
        Assert.Equal(isInvalid ? 3 : 2, shop.Calls);
    }

    [Fact]
    public async Task What_was_on_its_way_when_it_changed_is_answered_and_not_stored()
    {
        using var mayAnswer = new SemaphoreSlim(0);
        var time = new StillTime();
        await using var origin = RawOrigin.Start(async connection =>
        {
            if (connection.Head.StartsWith("GET", StringComparison.Ordinal))
            {
                await mayAnswer.WaitAsync();
                await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60"));
            }
            else
            {
                await connection.SendAsync(CachedShop.Empty("204 No Content"));
            }

            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync("timeout = 1h", http => http.Time = time, origin.Address);
        var old = RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        await Until.TrueAsync(() => origin.Heads.Count == 1, "it is on its way");
        await RawConnection.AskAsync(proxy.Address, "DELETE / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");

        // Who asks now must not get what was read before.
        var young = RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        await Until.TrueAsync(() => origin.Heads.Count == 3, "it is asked for anew");
        mayAnswer.Release(2);
        Assert.EndsWith("ok", await old, StringComparison.Ordinal);
        Assert.EndsWith("ok", await young, StringComparison.Ordinal);
        await proxy.IdleAsync();
        Assert.Equal(1, proxy.Pipeline.Describe().Cache!.Entries);
    }

    [Theory]
    [InlineData("POST", "204 No Content", "", true)]
    [InlineData("DELETE", "200 OK", "", true)]
    [InlineData("POST", "409 Conflict", "", false)]
    [InlineData("OPTIONS", "200 OK", "", false)]
    [InlineData("POST", "204 No Content", "cache.enabled = off", true)]
    public async Task Section_4_4_what_another_pipeline_has_stored_is_invalid_too(string method, string status, string other, bool isInvalid)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(connection.Head.StartsWith("GET", StringComparison.Ordinal) ? CachedShop.Ok("Cache-Control: max-age=60") : CachedShop.Empty(status));
            connection.Close();
        });
        await using var proxy = await Proxy.WithOtherAsync($"}}\nakkaperf.pipelines.other {{ {other}", MapByMethod, origin.Address);
        await AskAsync("GET", "/a?b=1");
        await AskAsync("GET", "/else");
        await AskAsync(method, "/a?b=1");
        Assert.Equal(3, origin.Heads.Count);
        await AskAsync("GET", "/else");
        Assert.Equal(3, origin.Heads.Count);
        await AskAsync("GET", "/a?b=1");
        Assert.Equal(isInvalid ? 4 : 3, origin.Heads.Count);

        Task<string> AskAsync(string verb, string target) =>
            RawConnection.AskAsync(proxy.Address, $"{verb} {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }

    [Theory]
    [InlineData("Location: /other", true)]
    [InlineData("Content-Location: http://SHOP:80/other", true)]
    [InlineData("Location: http://elsewhere/other", false)]
    [InlineData("X-Location: /other", false)]
    public async Task Section_4_4_what_the_answer_names_is_invalid_in_other_pipelines_too(string field, bool isInvalid)
    {
        await using var origin = OriginNaming(field);
        await using var proxy = await Proxy.WithOtherAsync("", MapByMethod, origin.Address);
        await AskAsync("GET", "/other");
        await AskAsync("POST", "/a");
        await AskAsync("GET", "/other");
        Assert.Equal(isInvalid ? 3 : 2, origin.Heads.Count);

        Task<string> AskAsync(string verb, string target) =>
            RawConnection.AskAsync(proxy.Address, $"{verb} {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }

    [Theory]
    [InlineData("POST", "/a", true)]
    [InlineData("DELETE", "/b", true)]
    [InlineData("POST", "/c", false)]
    [InlineData("OPTIONS", "/a", false)]
    public async Task Section_4_4_what_a_client_of_this_process_changes_is_invalid_in_other_pipelines_too(string method, string changed, bool isInvalid)
    {
        await using var origin = OriginNaming(changed == "/b" ? "Location: /a" : "X-A: 1");
        await using var proxy = await Proxy.WithOtherAsync("", MapByMethod, origin.Address);
        await AskAsync();
        var services = new ServiceCollection().AddSingleton(proxy.Services.GetRequiredService<IPipelines>());
        services.AddKeyedSingleton("other", proxy.Services.GetRequiredKeyedService<IRequestPipeline<ProxyRequest, ProxyResponse>>("other"));
        services.AddHttpClient("client").AddPipelineHandler("other");
        await using var provider = services.BuildServiceProvider();
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("client");
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri("http://shop" + changed));
        using var answer = await client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode);
        await AskAsync();
        Assert.Equal(isInvalid ? 3 : 2, origin.Heads.Count);

        Task<string> AskAsync() => RawConnection.AskAsync(proxy.Address, "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    }

    [Theory]
    [InlineData("POST /api/a?x=1", "", "/api/a?x=1", true)] // stored as /a?x=1, asked for as /v1/a?x=1
    [InlineData("POST /api/a?x=1&utm=9", "", "/api/a?x=1&utm=5", true)] // utm makes no difference to who reads
    [InlineData("POST /api/a?x=2", "", "/api/a?x=1", false)]
    [InlineData("POST /api/b", "Location: /api/a?x=1", "/api/a?x=1", true)] // as clients know it
    [InlineData("POST /api/b", "Content-Location: /a?x=1", "/api/a?x=1", true)] // as the backend does
    [InlineData("POST /api/b", "Location: http://other/api/a?x=1", "/api/a?x=1", false)]
    [InlineData("POST /api/a?x=1", "", "/made/a?x=1", false)]
    [InlineData("POST /api/x/../a?x=1", "", "/api/a?x=1", true)]
    public async Task Section_4_4_what_other_routes_made_of_the_URL_is_invalid_too(string changed, string named, string read, bool isInvalid)
    {
        foreach (var reader in new[] { "shop", "other" })
        {
            await using var origin = OriginNaming(named.Length > 0 ? named : "X-A: 1");
            await using var proxy = await Proxy.WithOtherAsync(
                "",
                app =>
                {
                    app.MapPipeline("/api/{**path}", reader, static route =>
                    {
                        route.Path.RemovePrefix = "/api";
                        route.Cache.IgnoreQuery.Add("utm");
                    }).WithMetadata(new HttpMethodMetadata(["GET"]));
                    app.MapPipeline("/made/{**path}", reader, static route => route.Path.Pattern = "/other/{**path}").WithMetadata(new HttpMethodMetadata(["GET"]));
                    app.MapPipeline("/api/{**path}", "shop", static route =>
                    {
                        route.Path.RemovePrefix = "/api";
                        route.Path.AddPrefix = "/v1";
                    }).WithMetadata(new HttpMethodMetadata(["POST"]));
                },
                origin.Address);
            await AskAsync("GET", read);
            await AskAsync("GET", read);
            Assert.Single(origin.Heads);
            await AskAsync("POST", changed["POST ".Length..]);
            Assert.StartsWith("POST /v1/", origin.Heads.Last(), StringComparison.Ordinal);
            await AskAsync("GET", read);
            Assert.Equal(isInvalid ? 3 : 2, origin.Heads.Count);

            Task<string> AskAsync(string verb, string target) =>
                RawConnection.AskAsync(proxy.Address, $"{verb} {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        }
    }

    private static RawOrigin OriginNaming(string field) => RawOrigin.Start(async connection =>
    {
        await connection.SendAsync(
            connection.Head.StartsWith("GET", StringComparison.Ordinal) ? CachedShop.Ok("Cache-Control: max-age=60") : CachedShop.Empty("201 Created", field));
        connection.Close();
    });

    private static void MapByMethod(WebApplication app)
    {
        app.MapPipeline("/{**path}", "shop").WithMetadata(new HttpMethodMetadata(["GET"]));
        app.MapPipeline("/{**path}", "other").WithMetadata(new HttpMethodMetadata(["POST", "DELETE", "OPTIONS"]));
    }
}
