using System.Net;
using System.Text;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Caching;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Tests.Admin;

public sealed class PurgeTests
{
    [Theory]
    [InlineData("{\"urls\":[\"http://SHOP:80/a?x=1\"]}", "/a?x=1")]
    [InlineData("{\"urls\":[\"http://shop/a?x=1#part\", \"http://shop/b\"]}", "/a?x=1 /b")]
    [InlineData("{\"urls\":[\"http://shop/a\"]}", "")]
    [InlineData("{\"urls\":[\"https://shop/b\"]}", "")]
    [InlineData("{\"tags\":[\"t-a\"]}", "/a?x=1 /a/c")]
    [InlineData("{\"prefixes\":[\"http://shop/a\"]}", "/a?x=1 /a/c")]
    [InlineData("{\"prefixes\":[\"http://shop/a/\"]}", "/a/c")]
    [InlineData("{\"all\":true}", "/a?x=1 /a/c /b")]
    public async Task What_is_named_is_forgotten_and_nothing_else(string body, string forgotten)
    {
        string[] targets = ["/a?x=1", "/a/c", "/b"];
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Ok(
            $"Cache-Control: max-age=60|Vary: X-A|Surrogate-Key: all t-{(head.StartsWith("GET /a", StringComparison.Ordinal) ? "a" : "b")}"));
        foreach (var target in targets)
        {
            await shop.GetAsync("X-A: 1", target);
            await shop.GetAsync("X-A: 2", target);
        }

        using var answer = await PurgeAsync(shop.Proxy, body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        foreach (var target in targets)
        {
            foreach (var fields in new[] { "X-A: 1", "X-A: 2" })
            {
                var calls = shop.Calls;
                await shop.GetAsync(fields, target);
                Assert.Equal(forgotten.Split(' ').Contains(target), shop.Calls > calls);
            }
        }
    }

    [Theory]
    [InlineData("{\"urls\":[\"http://SHOP:80/a?x=1\"], \"soft\":true}", "/a?x=1")]
    [InlineData("{\"urls\":[\"http://shop/a\"], \"soft\":true}", "")]
    [InlineData("{\"tags\":[\"t-a\"], \"soft\":true}", "/a?x=1 /a/c")]
    [InlineData("{\"prefixes\":[\"http://shop/a/\"], \"soft\":true}", "/a/c")]
    [InlineData("{\"all\":true, \"soft\":true}", "/a?x=1 /a/c /b")]
    public async Task What_is_named_softly_is_kept_and_validated_and_nothing_else(string body, string stale)
    {
        string[] targets = ["/a?x=1", "/a/c", "/b"];
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Field(head, "If-None-Match") is null
            ? CachedShop.Ok($"Cache-Control: max-age=60|ETag: \"e\"|Vary: X-A|Surrogate-Key: all t-{(head.StartsWith("GET /a", StringComparison.Ordinal) ? "a" : "b")}")
            : CachedShop.Empty("304 Not Modified", "ETag: \"e\""));
        foreach (var target in targets)
        {
            await shop.GetAsync("X-A: 1", target);
            await shop.GetAsync("X-A: 2", target);
        }

        shop.Wait(1);
        using var answer = await PurgeAsync(shop.Proxy, body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        shop.Wait(1);
        for (var round = 0; round < 2; round++)
        {
            foreach (var target in targets)
            {
                foreach (var fields in new[] { "X-A: 1", "X-A: 2" })
                {
                    var calls = shop.Calls;
                    Assert.EndsWith("\r\n\r\nok", await shop.GetAsync(fields, target), StringComparison.Ordinal);
                    Assert.Equal(round == 0 && stale.Split(' ').Contains(target), shop.Calls > calls);
                }
            }
        }

        Assert.All(shop.Asked.Skip(6), static head => Assert.Equal("\"e\"", CachedShop.Field(head, "If-None-Match")));
    }

    [Fact]
    public async Task What_is_named_softly_is_given_while_it_is_refreshed()
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok("Cache-Control: max-age=60, stale-while-revalidate=30", $"body {Interlocked.Increment(ref calls)}"));
        await shop.GetAsync();
        shop.Wait(1);
        using var answer = await PurgeAsync(shop.Proxy, "{\"all\":true, \"soft\":true}");
        shop.Wait(2);
        var stale = await shop.GetAsync();
        Assert.EndsWith("body 1", stale, StringComparison.Ordinal);
        Assert.Equal("AkkaPerf; hit; ttl=-2", CachedShop.Field(stale, "Cache-Status"));
        await Until.TrueAsync(() => shop.Calls == 2, "it is refreshed");
        await shop.Proxy.IdleAsync();
        Assert.EndsWith("body 2", await shop.GetAsync(), StringComparison.Ordinal);

        // Beyond its window it is waited for.
        using var again = await PurgeAsync(shop.Proxy, "{\"all\":true, \"soft\":true}");
        shop.Wait(31);
        Assert.EndsWith("body 3", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Equal(3, shop.Calls);
    }

    [Fact]
    public async Task Who_asks_after_a_tag_was_purged_does_not_get_what_was_asked_for_before()
    {
        using var mayAnswer = new ManualResetEventSlim();
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ =>
        {
            var call = Interlocked.Increment(ref calls);
            if (call == 1)
            {
                mayAnswer.Wait(TimeSpan.FromSeconds(30));
            }

            return CachedShop.Ok("Cache-Control: max-age=60|Surrogate-Key: one", $"body {call}");
        });
        var before = shop.GetAsync();
        await Until.TrueAsync(() => shop.Calls == 1, "the backend is asked");
        using var answer = await PurgeAsync(shop.Proxy, "{\"tags\":[\"one\"]}");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var after = shop.GetAsync();
        await Until.TrueAsync(() => shop.Proxy.Pipeline.Describe().Waiting.Joined == 1, "it waits for what is on its way");
        mayAnswer.Set();
        Assert.EndsWith("body 1", await before, StringComparison.Ordinal);
        Assert.EndsWith("body 2", await after, StringComparison.Ordinal);

        // What it has asked for itself is kept as any other.
        await shop.Proxy.IdleAsync();
        Assert.EndsWith("body 2", await shop.GetAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"urls\":[\"http://shop/api/a?x=1&t=2\"]", true)] // as clients ask
    [InlineData("\"urls\":[\"http://shop/api/a?x=1\"]", true)]
    [InlineData("\"urls\":[\"http://shop/v1/a?x=1\"]", true)] // as the backend is asked
    [InlineData("\"urls\":[\"http://shop/api/a?x=2\"]", false)]
    [InlineData("\"urls\":[\"http://shop/else/a?x=1\"]", false)]
    [InlineData("\"urls\":[\"http://other/api/a?x=1\"]", false)]
    [InlineData("\"prefixes\":[\"http://shop/api/a\"]", true)]
    [InlineData("\"prefixes\":[\"http://shop/api\"]", true)]
    [InlineData("\"prefixes\":[\"http://shop/v1/\"]", true)]
    [InlineData("\"prefixes\":[\"http://shop/api/b\"]", false)]
    public async Task What_clients_ask_for_is_forgotten_whatever_the_route_makes_of_it(string named, bool isForgotten)
    {
        foreach (var isSoft in new[] { false, true })
        {
            var route = new HttpRouteOptions { Path = { RemovePrefix = "/api", AddPrefix = "/v1" }, Cache = { IgnoreQuery = { "t" } } };
            await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok("Cache-Control: max-age=60"), "", route);
            await shop.GetAsync(target: "/api/a?x=1&t=1");
            shop.Wait(1);
            using var answer = await PurgeAsync(shop.Proxy, $"{{{named}, \"soft\":{(isSoft ? "true" : "false")}}}");
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            shop.Wait(1);
            await shop.GetAsync(target: "/api/a?x=1&t=3");
            Assert.Equal(isForgotten ? 2 : 1, shop.Calls);
        }
    }

    [Fact]
    public async Task What_clients_ask_for_by_several_routes_is_forgotten_by_all_of_them()
    {
        await using var shop = await CachedShop.RoutedAsync(_ => CachedShop.Ok("Cache-Control: max-age=60"), static app =>
        {
            app.MapPipeline("/{area}/a/{id:int}", "shop", static route => route.Path.Pattern = "/made/{area}/{id}");
            app.MapPipeline("/x/{**path}", "shop", static route =>
            {
                route.Order = -1;
                route.Path.RemovePrefix = "/x";
                route.Headers.Add(new ValueMatchOptions { Name = "X-Early", Mode = MatchMode.Exists });
            });
        });
        string[] fields = ["", "X-Early: 1"];
        foreach (var target in new[] { "/x/a/1", "/x/a/2" })
        {
            await shop.GetAsync(fields[0], target);
            await shop.GetAsync(fields[1], target);
        }

        Assert.Equal(4, shop.Calls);
        using var answer = await PurgeAsync(shop.Proxy, "{\"urls\":[\"http://shop/x/%61/1\", \"http://shop/x/a%2F2\"]}");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        foreach (var field in fields)
        {
            await shop.GetAsync(field, "/x/a/2");
        }

        Assert.Equal(4, shop.Calls);
        await shop.GetAsync(fields[0], "/x/a/1");
        Assert.Equal(5, shop.Calls);
        using var more = await PurgeAsync(shop.Proxy, "{\"urls\":[\"http://shop/x/a/2\"]}");
        foreach (var field in fields)
        {
            await shop.GetAsync(field, "/x/a/2");
        }

        Assert.Equal(7, shop.Calls);
    }

    [Theory]
    [InlineData("{\"urls\":[\"http://shop/a\"], \"soft\":true}", true)]
    [InlineData("{\"all\":true, \"soft\":true}", true)]
    [InlineData("{\"urls\":[\"http://shop/b\"], \"soft\":true}", false)]
    public async Task What_is_named_softly_stays_stale_when_another_pipeline_takes_over(string body, bool isStale)
    {
        var time = new StillTime();
        var store = new OpenStore();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=3600"));
            connection.Close();
        });
        await using var proxy = await Proxy.WithStoreAsync(store, "timeout = 1h", http => http.Time = time, origin.Address);
        await AskAsync();
        await Until.TrueAsync(() => store.Entries.Any(one => one.Key.EndsWith("/a", StringComparison.Ordinal)), "it is in the second level");
        time.Advance(TimeSpan.FromSeconds(1));
        using var answer = await PurgeAsync(proxy, body);
        Assert.True(answer.IsSuccessStatusCode);
        time.Advance(TimeSpan.FromSeconds(1));
        var old = proxy.Pipeline;
        await proxy.Services.GetRequiredService<PipelineReloader>().ApplyAsync(
            new ConfigurationStack(
            [
                ConfigurationSource.Reference,
                ConfigurationSource.FromText("new.hocon", $"akkaperf.pipelines.shop {{ timeout = 2h, health.enabled = off\n backends = [{{ id = b0, address = \"{origin.Address.GetLeftPart(UriPartial.Authority)}\" }}]\n}}"),
            ]),
            [HttpPipelines.Blueprint("shop", http => http.Time = time, pipeline => pipeline.UseDistributed(store))]);
        Assert.NotSame(old, proxy.Pipeline);
        await AskAsync();
        Assert.Equal(isStale ? 2 : 1, origin.Heads.Count);

        Task<string> AskAsync() => RawConnection.AskAsync(proxy.Address, "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    }

    [Theory]
    [InlineData("{}", "bad-value")]
    [InlineData("{\"soft\":true}", "bad-value")]
    [InlineData("{\"all\":true, \"soft\":1}", "bad-value")]
    [InlineData("{\"all\":false}", "bad-value")]
    [InlineData("{\"all\":1}", "bad-value")]
    [InlineData("{\"urls\":[]}", "bad-value")]
    [InlineData("{\"urls\":[\"/a\"]}", "bad-value")]
    [InlineData("{\"prefixes\":[\"ftp://shop/\"]}", "bad-value")]
    [InlineData("{\"tag\":[\"a\"]}", "unknown-member")]
    public async Task What_says_nothing_clear_is_refused(string body, string reason)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60");
        await shop.GetAsync();
        using var answer = await PurgeAsync(shop.Proxy, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"\"reason\":\"{reason}\"", (await answer.Content.ReadAsStringAsync()).Replace(": ", ":", StringComparison.Ordinal), StringComparison.Ordinal);
        await shop.GetAsync();
        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task More_than_the_rate_is_refused_and_told_when_to_come_again()
    {
        await using var shop = await CachedShop.RoutedAsync(
            static _ => CachedShop.Ok("Cache-Control: max-age=60|Surrogate-Key: one"),
            static app =>
            {
                app.MapGroup("/slow").MapAkkaPerfAdmin(new AdminAccessOptions { PurgeRate = 1 });
                app.MapPipeline("/{**path}", "shop");
            });
        await shop.GetAsync();
        var many = string.Join(',', Enumerable.Range(0, 1000).Select(static i => $"\"tag-{i}\""));

        // However many come at once: nobody has purged before.
        using var first = await PurgeAsync(shop.Proxy, $"{{\"tags\":[{many}]}}", "/slow");
        Assert.True(first.IsSuccessStatusCode);
        foreach (var body in new[] { "{\"tags\":[\"one\"]}", "{\"prefixes\":[\"http://shop/\"]}", "{\"all\":true}", "{\"tags\":[\"one\"], \"soft\":true}" })
        {
            using var refused = await PurgeAsync(shop.Proxy, body, "/slow");
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.True(refused.Headers.RetryAfter!.Delta > TimeSpan.FromMinutes(10));
            Assert.Contains("too-many-purges", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // What was refused has done nothing; a URL is looked for once, and costs nothing afterwards.
        await shop.GetAsync();
        Assert.Equal(1, shop.Calls);
        using var url = await PurgeAsync(shop.Proxy, "{\"urls\":[\"http://shop/\"]}", "/slow");
        Assert.True(url.IsSuccessStatusCode);
        await shop.GetAsync();
        Assert.Equal(2, shop.Calls);
    }

    [Theory]
    [InlineData("Host: localhost", 401)]
    [InlineData("Host: localhost\r\nAuthorization: Bearer wrong-horse-battery-staple", 401)]
    [InlineData("Host: evil.example\r\nAuthorization: Bearer correct-horse-battery-staple", 421)]
    [InlineData("Host: localhost\r\nAuthorization: Bearer correct-horse-battery-staple\r\nOrigin: http://evil.example", 403)]
    [InlineData("Host: localhost\r\nAuthorization: Bearer correct-horse-battery-staple", 200)]
    public async Task Only_who_may_purge_does(string fields, int status)
    {
        await using var shop = await CachedShop.RoutedAsync(
            static _ => CachedShop.Ok("Cache-Control: max-age=60|Surrogate-Key: one"),
            static app =>
            {
                app.MapGroup("/guarded").MapAkkaPerfAdmin(new AdminAccessOptions { Token = "correct-horse-battery-staple" });
                app.MapPipeline("/{**path}", "shop");
            });
        foreach (var body in new[] { "{\"urls\":[\"http://shop/\"]}", "{\"tags\":[\"one\"]}", "{\"prefixes\":[\"http://shop/\"]}", "{\"all\":true}" })
        {
            await shop.GetAsync();
            var calls = shop.Calls;
            var answer = await RawConnection.AskAsync(
                shop.Proxy.Address,
                $"POST /guarded/pipelines/shop/purge HTTP/1.1\r\n{fields}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            await shop.GetAsync();
            Assert.Equal(status == 200 ? calls + 1 : calls, shop.Calls);
        }
    }

    private static async Task<HttpResponseMessage> PurgeAsync(Proxy proxy, string body, string group = "/-")
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await proxy.Client.PostAsync(new Uri($"{group}/pipelines/shop/purge", UriKind.Relative), content);
    }
}
