namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What of messages is stored and what passes: RFC 9111, sections 3.1, 4 and 5; RFC 9110, section 6.6.1; RFC 9211.</summary>
public sealed class MessageTests
{
    [Theory]
    [InlineData("Proxy-Authenticate: Basic")]
    [InlineData("Proxy-Authentication-Info: x")]
    [InlineData("Proxy-Authorization: x")]
    [InlineData("Keep-Alive: timeout=5")]
    [InlineData("X-Hop: 1")] // which Connection names
    public async Task Section_3_1_what_concerns_one_hop_is_not_stored(string field)
    {
        await using var shop = await CachedShop.OpenAsync(_ => $"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close, X-Hop\r\nCache-Control: max-age=60\r\nX-Kept: 1\r\n{field}\r\n\r\nok");
        await shop.GetAsync();
        var hit = await shop.GetAsync();
        Assert.Null(CachedShop.Field(hit, field.Split(':')[0]));
        Assert.Equal("1", CachedShop.Field(hit, "X-Kept"));
        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task Section_3_1_all_other_fields_are_stored_those_that_nobody_knows_too()
    {
        const string Fields = "X-Unknown: 1|Content-Language: de|X-Empty: |Link: </a>; rel=\"x\"|Link: </b>|Warning: 199 - \"x\"|Retry-After: 5|Allow: GET";
        await using var shop = await CachedShop.AnsweringAsync($"Cache-Control: max-age=60|{Fields}");
        await shop.GetAsync();
        var hit = await shop.GetAsync();
        Assert.All(Fields.Split('|'), field => Assert.Contains($"\r\n{field}\r\n", hit.Replace(":\r\n", ": \r\n", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task Section_3_1_trailers_do_not_become_fields_of_the_head()
    {
        await using var shop = await CachedShop.OpenAsync(_ =>
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nTrailer: X-Sum\r\nCache-Control: max-age=60\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nCache-Control: no-store\r\nX-Late: 2\r\n\r\n");
        for (var i = 0; i < 2; i++)
        {
            var answer = await shop.GetAsync("TE: trailers");
            var head = answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
            Assert.Equal((null, null, "max-age=60"), (CachedShop.Field(head, "X-Sum"), CachedShop.Field(head, "X-Late"), CachedShop.Field(head, "Cache-Control")));
        }

        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("BREW")]
    [InlineData("OPTIONS")]
    public async Task Section_4_what_is_no_GET_or_HEAD_is_written_through_and_never_stored(string method)
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok("Cache-Control: max-age=60, public|Content-Location: /", $"body {++calls}"));
        await shop.GetAsync();
        Assert.EndsWith("body 2", await shop.AskAsync(method, body: "x"), StringComparison.Ordinal);
        Assert.EndsWith("body 3", await shop.AskAsync(method, body: "x"), StringComparison.Ordinal);
        Assert.StartsWith($"{method} / ", shop.Asked[2], StringComparison.Ordinal);

        // Nor is what it was answered given to who asks with GET.
        Assert.EndsWith(method == "OPTIONS" ? "body 1" : "body 4", await shop.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Section_5_2_what_either_side_says_of_caching_passes_whether_it_is_known_or_not()
    {
        const string Response = "max-age=60, new-one=\"a, b\", Another, must-revalidate";
        const string Request = "max-age=0, only-new, min-fresh=\"1\"";
        await using var shop = await CachedShop.AnsweringAsync($"Cache-Control: {Response}|CDN-Cache-Control: max-age=30, x=?0|Surrogate-Control: y|Pragma: p|Expires: 0");
        for (var i = 0; i < 2; i++)
        {
            var answer = await shop.GetAsync(i == 0 ? $"Cache-Control: {Request}|Pragma: no-cache" : "");
            Assert.Equal(
                (Response, "max-age=30, x=?0", "y", "p", "0"),
                (CachedShop.Field(answer, "Cache-Control"), CachedShop.Field(answer, "CDN-Cache-Control"), CachedShop.Field(answer, "Surrogate-Control"),
                CachedShop.Field(answer, "Pragma"), CachedShop.Field(answer, "Expires")));
        }

        Assert.Single(shop.Asked);
        Assert.Equal((Request, "no-cache"), (CachedShop.Field(shop.Asked[0], "Cache-Control"), CachedShop.Field(shop.Asked[0], "Pragma")));
    }

    [Fact]
    public async Task Section_5_2_1_5_what_was_asked_for_with_no_store_is_stored_by_nobody()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60, public");
        await shop.GetAsync("Cache-Control: no-store");
        await shop.GetAsync("Cache-Control: no-store");
        await shop.GetAsync();
        Assert.Equal(3, shop.Calls);
        Assert.All(shop.Asked.Take(2), static head => Assert.Equal("no-store", CachedShop.Field(head, "Cache-Control")));
    }

    [Theory]
    [InlineData("Age: 10|Age: 40", "10")] // 5.1: the first one counts
    [InlineData("Age: 10, 40", "10")]
    [InlineData("Age: x|Age: 40", "0")]
    [InlineData("Age: -1", "0")]
    [InlineData("Age: 10.5", "0")]
    public async Task Section_5_1_one_Age_is_told_whatever_came(string fields, string age)
    {
        await using var shop = await CachedShop.AnsweringAsync($"Cache-Control: max-age=60|{fields}");
        await shop.GetAsync();
        var hit = await shop.GetAsync();
        Assert.Equal(age, CachedShop.Field(hit, "Age"));
        Assert.Single(hit.Split("\r\n"), static line => line.StartsWith("Age:", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task Section_6_6_1_what_has_no_Date_gets_the_moment_of_its_coming_and_keeps_it()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60");
        Assert.Equal("Tue, 24 Nov 2026 12:00:00 GMT", CachedShop.Field(await shop.GetAsync(), "Date"));
        shop.Wait(30);
        Assert.Equal("Tue, 24 Nov 2026 12:00:00 GMT", CachedShop.Field(await shop.GetAsync(), "Date"));

        // What only passes gets one too.
        Assert.NotNull(CachedShop.Field(await shop.AskAsync("POST"), "Date"));
    }

    [Fact]
    public async Task Rfc9211_a_hit_is_never_one_that_was_forwarded()
    {
        var isDown = false;
        await using var shop = await CachedShop.OpenAsync(_ => isDown ? CachedShop.Empty("503 Busy") : CachedShop.Ok("Cache-Control: max-age=60, stale-if-error=600|ETag: \"a\""));
        var said = new List<string?> { CachedShop.Field(await shop.GetAsync(), "Cache-Status"), CachedShop.Field(await shop.GetAsync(), "Cache-Status") };
        shop.Wait(61);
        isDown = true;
        said.Add(CachedShop.Field(await shop.GetAsync(), "Cache-Status"));
        said.Add(CachedShop.Field(await shop.GetAsync(), "Cache-Status"));
        Assert.Equal(["AkkaPerf; fwd=uri-miss; stored", "AkkaPerf; hit; ttl=60", "AkkaPerf; fwd=stale; detail=backend-failed", "AkkaPerf; hit; ttl=-1"], said);
    }
}
