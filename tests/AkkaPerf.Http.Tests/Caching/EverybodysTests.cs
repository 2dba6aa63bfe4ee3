using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What is stored is everybody's: no request, and no answer to one client, makes something else of it.</summary>
public sealed class EverybodysTests
{
    [Theory]
    [InlineData("HEAD", "X-Host: other")]
    [InlineData("GET", "Cache-Control: no-store")]
    [InlineData("GET", "X-Original-URL: /admin")]
    [InlineData("GET", "X-HTTP-Method-Override: DELETE")]
    public async Task A_refresh_is_caused_by_what_everybody_asks_only(string method, string fields)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60, stale-while-revalidate=30", body: "everybody's");
        await shop.GetAsync();
        shop.Wait(61);

        await shop.AskAsync(method, fields: fields);
        await shop.Proxy.IdleAsync();
        Assert.Equal(1, shop.Calls);

        // It is there still, for all, and the next plain request refreshes it.
        Assert.EndsWith("\r\n\r\neverybody's", await shop.GetAsync(), StringComparison.Ordinal);
        await Until.TrueAsync(() => shop.Calls == 2, "it is refreshed");
    }

    [Theory]
    [InlineData("safe", "public, max-age=5, private=\"X-User\"", "X-User")]
    [InlineData("rfc9111", "max-age=5, no-cache=\"Set-Cookie\"", "Set-Cookie")]
    public async Task What_a_304_says_to_one_client_is_not_said_to_others(string profile, string control, string field)
    {
        await using var shop = await CachedShop.OpenAsync(
            head => CachedShop.Field(head, "If-None-Match") is null
                ? CachedShop.Ok($"Cache-Control: {control}|ETag: \"a\"")
                : CachedShop.Empty("304 Not Modified", $"Cache-Control: {control}|ETag: \"a\"|{field}: bob"),
            $"cache.http.profile = {profile}");
        await shop.GetAsync();
        shop.Wait(6);

        Assert.Equal("bob", CachedShop.Field(await shop.GetAsync(), field));
        var other = await shop.GetAsync();

        Assert.Null(CachedShop.Field(other, field));
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task Section_5_2_2_4_what_is_the_first_client_s_is_given_to_the_first_client()
    {
        await using var shop = await CachedShop.AnsweringAsync(
            "Cache-Control: max-age=60, no-cache=\"Set-Cookie\", private=\"X-Me\"|Set-Cookie: sid=1|X-Me: 1", hocon: "cache.http.profile = rfc9111");
        var first = await shop.GetAsync();
        var second = await shop.GetAsync();

        Assert.Equal(("sid=1", "1"), (CachedShop.Field(first, "Set-Cookie"), CachedShop.Field(first, "X-Me")));
        Assert.Equal((null, null), (CachedShop.Field(second, "Set-Cookie"), CachedShop.Field(second, "X-Me")));
        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("500 Oops", "ETag: W/\"x\"", false)]
    [InlineData("418 Teapot", "ETag: \"x\"|Cache-Control: no-cache", false)]
    [InlineData("418 Teapot", "ETag: \"x\"|Cache-Control: public", true)]
    [InlineData("418 Teapot", "Cache-Control: max-age=60", true)]
    [InlineData("200 OK", "ETag: \"x\"", true)]
    [InlineData("200 OK", "Last-Modified: Mon, 23 Nov 2020 12:00:00 GMT|Set-Cookie: sid=a", false)]
    [InlineData("200 OK", "Cache-Control: max-age=60|Set-Cookie: sid=a", true)]
    public async Task Section_3_by_the_letter_something_has_to_say_that_it_may_be_stored(string status, string fields, bool isStored)
    {
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Empty(status, fields), "cache.http.profile = rfc9111");
        var first = await shop.GetAsync();
        Assert.Equal(isStored, CachedShop.Field(first, "Cache-Status")!.Contains("stored", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_shows_who_he_is_and_a_failure_do_not_send_the_others_one_by_one()
    {
        var calls = 0;
        using var mayAnswer = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            switch (Interlocked.Increment(ref calls))
            {
                case 1:
                    await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60", "his"));
                    break;
                case 2:
                    await connection.SendAsync(CachedShop.Empty("503 Busy"));
                    break;
                default:
                    await mayAnswer.WaitAsync();
                    await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60", "everybody's"));
                    break;
            }

            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync("timeout = 1h\nretry.attempts = 0", http => http.Time = new StillTime(), origin.Address);
        await AskAsync("Cookie: a=1\r\n");
        await AskAsync("");

        var asking = Enumerable.Range(0, 4).Select(_ => AskAsync("")).ToArray();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Joined == 3, "three have joined the fourth");
        mayAnswer.Release();

        Assert.All(await Task.WhenAll(asking), answer => Assert.EndsWith("everybody's", answer, StringComparison.Ordinal));
        Assert.Equal(3, calls);

        Task<string> AskAsync(string fields) => RawConnection.AskAsync(proxy.Address, $"GET / HTTP/1.1\r\nHost: shop\r\n{fields}Connection: close\r\n\r\n");
    }

    [Fact]
    public async Task What_clients_choose_takes_its_share_of_the_room_or_none()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60|Vary: X-Any");
        var kept = $"X-Any: {new string('x', 1500)}";
        await shop.GetAsync(kept);
        await shop.GetAsync(kept);
        Assert.Equal(1, shop.Calls);
        Assert.True(shop.Proxy.Pipeline.Describe().Cache!.Bytes > 3000);

        var tooLong = $"X-Any: {new string('x', 3000)}";
        await shop.GetAsync(tooLong);
        await shop.GetAsync(tooLong);
        Assert.Equal(3, shop.Calls);
    }

    [Fact]
    public async Task A_date_at_the_end_of_time_is_far_enough_away()
    {
        await using var shop = await CachedShop.AnsweringAsync("Expires: Fri, 31 Dec 9999 23:59:59 GMT");
        await shop.GetAsync();
        await shop.GetAsync();
        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task A_coding_that_is_refused_beside_any_other_is_not_given()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60|Vary: Accept-Encoding|Content-Encoding: gzip");
        await shop.GetAsync("Accept-Encoding: *");
        await shop.GetAsync("Accept-Encoding: gzip;q=0, *");
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task Where_clients_have_no_say_their_no_store_says_nothing()
    {
        var route = new AkkaPerf.Http.Routing.HttpRouteOptions();
        route.Cache.IgnoreClients = true;
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok("Cache-Control: max-age=60"), route: route);
        await shop.GetAsync("Cache-Control: no-store");
        await shop.GetAsync();
        Assert.Equal(1, shop.Calls);
    }
}
