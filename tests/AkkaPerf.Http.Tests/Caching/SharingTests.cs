using System.Globalization;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What is for everybody, and what is not: RFC 9111, section 3, and what attackers make of caches.</summary>
public sealed class SharingTests
{
    [Theory]
    [InlineData("max-age=60", "safe", 2)]
    [InlineData("max-age=60, public", "safe", 1)]
    [InlineData("s-maxage=60", "safe", 1)]
    [InlineData("max-age=60, must-revalidate", "safe", 2)]
    [InlineData("max-age=60", "rfc9111", 2)]
    [InlineData("max-age=60, must-revalidate", "rfc9111", 1)]
    public async Task Section_3_5_what_was_asked_with_Authorization_is_stored_only_if_it_says_so(string control, string profile, int calls)
    {
        await using var shop = await CachedShop.AnsweringAsync($"Cache-Control: {control}", hocon: $"cache.http.profile = {profile}");
        await shop.GetAsync("Authorization: Basic eA==");
        await shop.GetAsync("Authorization: Basic eQ==");
        Assert.Equal(calls, shop.Calls);
    }

    [Fact]
    public async Task What_was_made_for_one_who_shows_who_he_is_is_not_given_to_one_who_does_not_in_the_safe_profile()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60, must-revalidate");
        await shop.GetAsync("Authorization: Basic eA==");
        await shop.GetAsync();
        Assert.Equal(2, shop.Calls);
    }

    [Theory]
    [InlineData("max-age=60", "safe", 2)]
    [InlineData("max-age=60, public", "safe", 1)]
    [InlineData("max-age=60", "rfc9111", 1)]
    public async Task Who_shows_a_cookie_gets_only_what_says_that_it_is_for_everybody_in_the_safe_profile(string control, string profile, int calls)
    {
        await using var shop = await CachedShop.AnsweringAsync($"Cache-Control: {control}", hocon: $"cache.http.profile = {profile}");
        await shop.GetAsync();
        await shop.GetAsync("Cookie: me=1");
        Assert.Equal(calls, shop.Calls);
    }

    [Theory]
    [InlineData("safe", 2)]
    [InlineData("rfc9111", 1)]
    public async Task What_sets_a_cookie_is_not_stored_in_the_safe_profile(string profile, int calls)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60|Set-Cookie: me=1", hocon: $"cache.http.profile = {profile}");
        await shop.GetAsync();
        await shop.GetAsync();
        Assert.Equal(calls, shop.Calls);
    }

    [Fact]
    public async Task Section_5_2_2_4_and_7_fields_that_are_the_first_client_s_are_not_given_to_others()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60, private=\"X-Me\", no-cache=\"X-You\"|X-Me: 1|X-You: 2|X-All: 3");
        await shop.GetAsync();
        var hit = await shop.GetAsync();
        Assert.Equal("3", CachedShop.Field(hit, "X-All"));
        Assert.Null(CachedShop.Field(hit, "X-Me"));
        Assert.Null(CachedShop.Field(hit, "X-You"));
        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("X-Original-URL: /admin")]
    [InlineData("X-Rewrite-URL: /admin")]
    [InlineData("X-HTTP-Method-Override: DELETE")]
    [InlineData("X-HTTP-Method: DELETE")]
    [InlineData("X-Method-Override: DELETE")]
    [InlineData("X-Host: evil")]
    public async Task What_is_not_part_of_the_key_poisons_nothing(string field)
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Ok("Cache-Control: max-age=60", head.Contains(field, StringComparison.Ordinal) ? "poison" : "clean"));
        Assert.EndsWith("poison", await shop.GetAsync(field), StringComparison.Ordinal);
        Assert.EndsWith("clean", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.EndsWith("clean", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task A_GET_with_a_body_poisons_nothing()
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Ok("Cache-Control: max-age=60", CachedShop.Field(head, "Content-Length") is null ? "clean" : "poison"));
        Assert.EndsWith("poison", await shop.AskAsync("GET", "/", body: "q=evil"), StringComparison.Ordinal);
        Assert.EndsWith("clean", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.EndsWith("poison", await shop.AskAsync("GET", "/", body: "q=evil"), StringComparison.Ordinal);
        Assert.EndsWith("clean", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Equal(3, shop.Calls);
    }

    [Theory]
    [InlineData("/?q=1&utm=2;q=evil")]
    [InlineData("/?q=1&utm;q=evil")]
    [InlineData("/?q=1&UTM=2&q=evil")]
    [InlineData("/?q=1&u%74m=2&q=evil")]
    [InlineData("/?q=1?utm=1&q=evil")]
    public async Task What_is_hidden_behind_a_parameter_that_makes_no_difference_poisons_nothing(string target)
    {
        var route = new HttpRouteOptions { Cache = { IgnoreQuery = { "utm" } } };
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Ok("Cache-Control: max-age=60", head.Contains("evil", StringComparison.Ordinal) ? "poison" : "clean"), route: route);
        Assert.EndsWith("poison", await shop.GetAsync(target: target), StringComparison.Ordinal);
        Assert.EndsWith("clean", await shop.GetAsync(target: "/?q=1"), StringComparison.Ordinal);
        Assert.EndsWith("clean", await shop.GetAsync(target: "/?q=1&utm=3"), StringComparison.Ordinal);
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task What_we_answer_ourselves_is_given_to_nobody_else()
    {
        var isDown = true;
        await using var shop = await CachedShop.OpenAsync(_ => isDown ? null : CachedShop.Ok("Cache-Control: max-age=60"), "retry.attempts = 0", new HttpRouteOptions { Cache = { Mode = HttpCacheMode.Force, Ttl = TimeSpan.FromHours(1) } });
        var failure = await shop.GetAsync();
        Assert.StartsWith("HTTP/1.1 502 ", failure, StringComparison.Ordinal);
        Assert.Equal("no-store", CachedShop.Field(failure, "Cache-Control"));
        isDown = false;
        Assert.StartsWith("HTTP/1.1 200 ", await shop.GetAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("400 Bad Request", 2)]
    [InlineData("404 Not Found", 2)]
    [InlineData("500 Oops", 2)]
    [InlineData("301 Moved Permanently", 1)]
    public async Task A_route_that_forces_a_life_forces_none_on_errors(string status, int calls)
    {
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Empty(status), route: new HttpRouteOptions { Cache = { Mode = HttpCacheMode.Force, Ttl = TimeSpan.FromMinutes(1) } });
        await shop.GetAsync();
        await shop.GetAsync();
        Assert.Equal(calls, shop.Calls);
    }

    [Theory]
    [InlineData("/static/..%2faccount", "", 2)]
    [InlineData("/static/..%5Caccount", "", 2)]
    [InlineData("/static/x.css%2f..%2f..%2faccount", "", 2)]
    [InlineData("/static/..%2faccount", "Cache-Control: max-age=60", 1)] // it says so itself
    [InlineData("/static/x.css", "", 1)]
    public async Task A_route_that_forces_a_life_forces_none_on_what_a_backend_may_take_for_another_path(string target, string fields, int calls)
    {
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok(fields, "my account"), route: new HttpRouteOptions { Cache = { Mode = HttpCacheMode.Force, Ttl = TimeSpan.FromMinutes(1) } });
        await shop.GetAsync(target: target);
        await shop.GetAsync(target: target);
        Assert.Equal(calls, shop.Calls);
    }

    [Fact]
    public async Task What_a_client_says_of_the_way_reaches_nobody_through_the_cache()
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Ok("Cache-Control: max-age=60", CachedShop.Field(head, "X-Forwarded-Host") ?? ""));
        Assert.EndsWith("\r\n\r\nshop", await shop.GetAsync("X-Forwarded-Host: evil|Forwarded: host=evil"), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nshop", await shop.GetAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("400 Bad Request")]
    [InlineData("405 Method Not Allowed")]
    [InlineData("413 Content Too Large")]
    [InlineData("414 URI Too Long")]
    [InlineData("431 Request Header Fields Too Large")]
    [InlineData("501 Not Implemented")]
    public async Task Errors_that_a_client_can_provoke_are_not_kept_by_a_guess(string status)
    {
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Empty(status, "Last-Modified: Mon, 23 Nov 2020 12:00:00 GMT"));
        await shop.GetAsync();
        await shop.GetAsync();
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task The_path_s_extension_decides_nothing()
    {
        await using var shop = await CachedShop.AnsweringAsync("Content-Type: text/html", "my account");
        await shop.GetAsync(target: "/account/x.css");
        await shop.GetAsync(target: "/account/x.css");
        Assert.Equal(2, shop.Calls);
    }

    [Theory]
    [InlineData("safe", 2)]
    [InlineData("rfc9111", 1)]
    public async Task A_life_is_guessed_for_what_a_query_asks_for_in_the_RFC_s_profile_only(string profile, int calls)
    {
        await using var shop = await CachedShop.AnsweringAsync("Last-Modified: Mon, 23 Nov 2020 12:00:00 GMT", hocon: $"cache.http.profile = {profile}");
        await shop.GetAsync(target: "/plain");
        await shop.GetAsync(target: "/plain");
        Assert.Equal(1, shop.Calls);
        await shop.GetAsync(target: "/?q=1");
        await shop.GetAsync(target: "/?q=1");
        Assert.Equal(1 + calls, shop.Calls);
    }

    [Theory]
    [InlineData("CDN-Cache-Control: max-age=60|Cache-Control: no-store", 1)]
    [InlineData("AkkaPerf-Cache-Control: no-store|CDN-Cache-Control: max-age=60", 2)]
    [InlineData("CDN-Cache-Control: max-age=\"x|Cache-Control: max-age=60", 1)] // RFC 9213, section 2.1: not valid, and so not there
    [InlineData("CDN-Cache-Control: max-age=0|Cache-Control: max-age=60|Expires: Thu, 01 Jan 2099 00:00:00 GMT", 2)]
    public async Task RFC_9213_what_is_said_to_this_cache_goes_first(string fields, int calls)
    {
        await using var shop = await CachedShop.AnsweringAsync(fields);
        await shop.GetAsync();
        await shop.GetAsync();
        Assert.Equal(calls, shop.Calls);
    }

    [Fact]
    public async Task Those_who_show_who_they_are_wait_for_nobody()
    {
        const int Callers = 10;
        var calls = 0;
        var allAreHere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            if (Interlocked.Increment(ref calls) == Callers)
            {
                allAreHere.SetResult();
            }

            await allAreHere.Task;
            context.Response.Headers.CacheControl = "private";
            await context.Response.WriteAsync(context.Request.Headers.Cookie.ToString());
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var all = Enumerable.Range(0, Callers).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            request.Headers.Add("Cookie", i.ToString(CultureInfo.InvariantCulture));
            using var response = await proxy.Client.SendAsync(request);
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), await response.Content.ReadAsStringAsync());
        });
        await Task.WhenAll(all);
    }

    [Fact]
    public async Task A_route_may_pass_the_cache_by()
    {
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok("Cache-Control: max-age=60"), route: new HttpRouteOptions { Cache = { Mode = HttpCacheMode.Bypass } });
        await shop.GetAsync();
        Assert.Equal("AkkaPerf; fwd=bypass", CachedShop.Field(await shop.GetAsync(), "Cache-Status"));
        Assert.Equal(2, shop.Calls);
    }

    [Theory]
    [InlineData("Cache-Control: no-store", 1)]
    [InlineData("", 1)]
    [InlineData("Set-Cookie: a=1", 2)]
    public async Task A_route_may_force_a_life(string fields, int calls)
    {
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok(fields), route: new HttpRouteOptions { Cache = { Mode = HttpCacheMode.Force, Ttl = TimeSpan.FromMinutes(1) } });
        await shop.GetAsync();
        await shop.GetAsync();
        Assert.Equal(calls, shop.Calls);
        shop.Wait(61);
        await shop.GetAsync();
        Assert.Equal(calls + 1, shop.Calls);
    }

    [Fact]
    public async Task A_route_may_say_what_makes_a_difference()
    {
        var route = new HttpRouteOptions { Cache = { IgnoreQuery = { "utm" }, KeyHeaders = { "X-Tenant" }, IgnoreClients = true } };
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok("Cache-Control: max-age=60"), route: route);
        await shop.GetAsync("X-Tenant: a", "/?q=1&utm=2");
        await shop.GetAsync("X-Tenant: a|Cache-Control: no-cache", "/?utm=3&q=1");
        Assert.Equal(1, shop.Calls);
        Assert.StartsWith("GET /?q=1&utm=2 ", shop.Asked[0], StringComparison.Ordinal);
        await shop.GetAsync("X-Tenant: b", "/?q=1");
        await shop.GetAsync("X-Tenant: a", "/?q=2");
        Assert.Equal(3, shop.Calls);
    }

    [Fact]
    public async Task Cache_Status_stands_behind_the_backend_s_own()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60|Cache-Status: Inner; hit");
        var miss = await shop.GetAsync();
        Assert.Contains("Cache-Status: Inner; hit\r\nCache-Status: AkkaPerf; fwd=uri-miss; stored\r\n", miss, StringComparison.Ordinal);
        Assert.Contains("Cache-Status: Inner; hit\r\nCache-Status: AkkaPerf; hit; ttl=60\r\n", await shop.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cache_Status_can_be_left_out()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60", hocon: "cache.http.cache-status = \"\"");
        Assert.Null(CachedShop.Field(await shop.GetAsync(), "Cache-Status"));
        Assert.Null(CachedShop.Field(await shop.GetAsync(), "Cache-Status"));
        Assert.Null(CachedShop.Field(await shop.AskAsync("POST"), "Cache-Status"));
    }

    [Fact]
    public async Task However_those_who_ask_and_the_end_of_the_load_cross_one_load_is_all()
    {
        const int Pages = 400;
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60", "an answer");
        var pages = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            using var client = await RawConnection.OpenAsync(shop.Proxy.Address);
            while (Interlocked.Increment(ref pages) / 4 is var page and < Pages)
            {
                await client.SendAsync($"GET /{page} HTTP/1.1\r\nHost: shop\r\n\r\n");
                await client.ReadThroughAsync("an answer");
            }
        })));
        Assert.Equal(Pages, shop.Calls);
    }
}
