namespace AkkaPerf.Http.Tests.Caching;

/// <summary>RFC 9111, section 4.3: what is stale is asked for before it is used.</summary>
public sealed class ValidationTests
{
    [Theory]
    [InlineData("ETag: \"a\"", "If-None-Match", "\"a\"")]
    [InlineData("ETag: W/\"a\"", "If-None-Match", "W/\"a\"")]
    [InlineData("Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", "If-Modified-Since", "Mon, 23 Nov 2026 12:00:00 GMT")]
    public async Task Section_4_3_1_a_stale_response_is_validated_by_its_validator(string validator, string condition, string value)
    {
        await using var shop = await CachedShop.OpenAsync(
            head => CachedShop.Field(head, condition) is null ? CachedShop.Ok($"Cache-Control: max-age=60|{validator}") : CachedShop.Empty("304 Not Modified", $"Cache-Control: max-age=60|{validator}"));
        await shop.GetAsync();
        shop.Wait(61);
        var answer = await shop.GetAsync();
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nok", answer, StringComparison.Ordinal);
        Assert.Equal("0", CachedShop.Field(answer, "Age"));
        Assert.Equal("AkkaPerf; fwd=stale; fwd-status=304; stored", CachedShop.Field(answer, "Cache-Status"));
        Assert.Equal(value, CachedShop.Field(shop.Asked[1], condition));

        // Fresh again.
        shop.Wait(59);
        await shop.GetAsync();
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task Section_4_3_1_both_validators_are_sent_if_there_are_both()
    {
        const string Modified = "Mon, 23 Nov 2026 12:00:00 GMT";
        await using var shop = await CachedShop.AnsweringAsync($"Cache-Control: max-age=60|ETag: \"a\"|Last-Modified: {Modified}");
        await shop.GetAsync();
        shop.Wait(61);
        await shop.GetAsync("If-None-Match: \"own\"|If-Modified-Since: Mon, 23 Nov 2020 12:00:00 GMT");
        Assert.Equal(("\"a\"", Modified), (CachedShop.Field(shop.Asked[1], "If-None-Match"), CachedShop.Field(shop.Asked[1], "If-Modified-Since")));
    }

    [Theory]
    [InlineData("ETag: \"a\"", "", false)] // one that names nothing updates only what has nothing to be named by
    [InlineData("ETag: \"a\"", "ETag: a", false)] // no entity tag
    [InlineData("Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", "", false)]
    [InlineData("ETag: \"a\"", "ETag: \"a\"", true)]
    [InlineData("ETag: \"a\"", "ETag: W/\"a\"", true)]
    [InlineData("ETag: W/\"a\"", "ETag: W/\"a\"", true)]
    [InlineData("ETag: W/\"a\"", "ETag: \"a\"", false)] // a strong one names only what has the same strong one
    [InlineData("ETag: \"a\"", "ETag: \"b\"", false)]
    [InlineData("ETag: \"a\"", "ETag: W/\"b\"", false)]
    [InlineData("Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", "Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", true)]
    [InlineData("Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", "Last-Modified: Mon, 23 Nov 2026 12:00:01 GMT", false)]
    [InlineData("Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", "ETag: \"a\"", false)]
    [InlineData("Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", "ETag: \"a\"|Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", true)]
    public async Task Section_4_3_4_a_304_updates_only_what_its_validators_name(string stored, string told, bool isUpdate)
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ => ++calls == 2
            ? CachedShop.Empty("304 Not Modified", told.Length > 0 ? $"X-New: 1|{told}" : "X-New: 1")
            : CachedShop.Ok($"Cache-Control: max-age=60|{stored}", $"body {calls}"));
        await shop.GetAsync();
        shop.Wait(61);
        var answer = await shop.GetAsync();
        Assert.EndsWith(isUpdate ? "body 1" : "body 3", answer, StringComparison.Ordinal);
        Assert.Equal(isUpdate ? "1" : null, CachedShop.Field(answer, "X-New"));
        Assert.Equal(isUpdate ? 2 : 3, shop.Calls);
    }

    [Theory]
    [InlineData("ETag: \"a\"", 3)]
    [InlineData("ETag: W/\"a\"", 4)] // of those with a weak one the most recent is identified alone
    public async Task Section_4_3_4_a_304_updates_all_that_could_have_been_chosen_and_have_its_strong_tag(string told, int calls)
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Field(head, "If-None-Match") is null
            ? CachedShop.Ok($"Cache-Control: max-age=60|Vary: {(CachedShop.Field(head, "X-Size") is null ? "X-Lang" : "X-Size")}|ETag: \"a\"", "the same")
            : CachedShop.Empty("304 Not Modified", $"Cache-Control: max-age=60|X-New: 1|{told}"));
        await shop.GetAsync("X-Lang: de");
        await shop.GetAsync("X-Lang: en|X-Size: 1");
        shop.Wait(61);

        // Either fits.
        await shop.GetAsync("X-Lang: de|X-Size: 1");
        foreach (var fields in new[] { "X-Lang: de|X-Size: 2", "X-Lang: en|X-Size: 1" })
        {
            var one = await shop.GetAsync(fields);
            Assert.EndsWith("the same", one, StringComparison.Ordinal);
            Assert.Equal("1", CachedShop.Field(one, "X-New"));
        }

        Assert.Equal(calls, shop.Calls);
    }

    [Fact]
    public async Task Section_4_3_4_a_304_updates_nothing_that_could_not_have_been_chosen()
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Field(head, "If-None-Match") is null
            ? CachedShop.Ok("Cache-Control: max-age=60|Vary: X-Lang|ETag: \"a\"", "the same")
            : CachedShop.Empty("304 Not Modified", $"Cache-Control: max-age=60|X-For: {CachedShop.Field(head, "X-Lang")}|ETag: \"a\""));
        await shop.GetAsync("X-Lang: de");
        await shop.GetAsync("X-Lang: en");
        shop.Wait(61);
        await shop.GetAsync("X-Lang: de");
        Assert.Equal("en", CachedShop.Field(await shop.GetAsync("X-Lang: en"), "X-For"));
        Assert.Equal("de", CachedShop.Field(await shop.GetAsync("X-Lang: de"), "X-For"));
        Assert.Equal(4, shop.Calls);
    }

    [Fact]
    public async Task Section_4_3_4_a_304_without_a_validator_updates_the_only_one_that_has_none_either()
    {
        // Without a condition of ours: nothing but such an origin would say so.
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(
            _ => ++calls == 1 ? CachedShop.Ok("Cache-Control: max-age=60") : CachedShop.Empty("304 Not Modified", "Cache-Control: max-age=60|X-New: 1"));
        await shop.GetAsync();
        shop.Wait(61);
        Assert.EndsWith("\r\n\r\nok", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Equal("1", CachedShop.Field(await shop.GetAsync(), "X-New"));
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task Section_4_3_4_a_304_without_a_validator_updates_none_of_several()
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(head => ++calls == 3
            ? CachedShop.Empty("304 Not Modified", "Cache-Control: max-age=60|X-New: 1")
            : CachedShop.Ok($"Cache-Control: max-age=60|Vary: {(CachedShop.Field(head, "X-Size") is null ? "X-Lang" : "X-Size")}", $"body {calls}"));
        await shop.GetAsync("X-Lang: de");
        await shop.GetAsync("X-Lang: en|X-Size: 1");
        shop.Wait(61);
        var answer = await shop.GetAsync("X-Lang: de|X-Size: 1");
        Assert.EndsWith("body 4", answer, StringComparison.Ordinal);
        Assert.Null(CachedShop.Field(answer, "X-New"));
    }

    [Fact]
    public async Task Section_4_3_3_what_is_asked_about_each_time_is_used_after_a_304_that_names_nothing_and_not_updated()
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Field(head, "If-None-Match") is null
            ? CachedShop.Ok("Cache-Control: no-cache|ETag: \"a\"")
            : CachedShop.Empty("304 Not Modified", "Cache-Control: max-age=60|X-New: 1"));
        await shop.GetAsync();
        for (var i = 2; i <= 3; i++)
        {
            var answer = await shop.GetAsync();
            Assert.EndsWith("\r\n\r\nok", answer, StringComparison.Ordinal);
            Assert.Equal(("no-cache", null), (CachedShop.Field(answer, "Cache-Control"), CachedShop.Field(answer, "X-New")));
            Assert.Equal("AkkaPerf; fwd=stale; fwd-status=304", CachedShop.Field(answer, "Cache-Status"));
            Assert.Equal(i, shop.Calls);
        }
    }

    [Theory]
    [InlineData("max-age=60", 200)]
    [InlineData("max-age=60, must-revalidate", 504)]
    public async Task Section_4_3_4_what_a_304_that_names_nothing_leaves_as_it_is_can_still_be_given_stale(string control, int status)
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ => ++calls switch
        {
            1 => CachedShop.Ok($"Cache-Control: {control}|ETag: \"a\""),
            2 => CachedShop.Empty("304 Not Modified"),
            _ => null,
        });
        await shop.GetAsync();
        shop.Wait(61);
        Assert.StartsWith($"HTTP/1.1 {status} ", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Null(CachedShop.Field(shop.Asked[2], "If-None-Match"));
    }

    [Fact]
    public async Task Section_4_3_3_a_304_to_what_was_asked_without_a_condition_is_not_asked_about_for_ever()
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Field(head, "X-First") is not null
            ? CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"")
            : CachedShop.Empty("304 Not Modified"));
        await shop.GetAsync("X-First: 1");
        shop.Wait(61);
        await shop.GetAsync();
        Assert.Equal(3, shop.Calls);
    }

    [Fact]
    public async Task Section_3_2_a_304_may_say_that_it_depends_on_other_fields()
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Field(head, "If-None-Match") is null
            ? CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"", $"[{CachedShop.Field(head, "X-Lang")}]")
            : CachedShop.Empty("304 Not Modified", "Cache-Control: max-age=60|ETag: \"a\"|Vary: X-Lang"));
        await shop.GetAsync("X-Lang: de");
        shop.Wait(61);
        var updated = await shop.GetAsync("X-Lang: de");
        Assert.Equal("X-Lang", CachedShop.Field(updated, "Vary"));
        Assert.EndsWith("[de]", await shop.GetAsync("X-Lang: de"), StringComparison.Ordinal);
        Assert.Equal(2, shop.Calls);
        Assert.EndsWith("[en]", await shop.GetAsync("X-Lang: en"), StringComparison.Ordinal);
        Assert.Equal(3, shop.Calls);
    }

    [Theory]
    [InlineData("Vary: *")]
    [InlineData("Vary: X-Forwarded-For")]
    [InlineData("Cache-Control: no-store")]
    [InlineData("Cache-Control: private")]
    public async Task Section_3_2_a_304_may_say_that_it_is_not_to_be_stored_any_more(string told)
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Field(head, "If-None-Match") is null
            ? CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"")
            : CachedShop.Empty("304 Not Modified", $"ETag: \"a\"|{told}"));
        await shop.GetAsync();
        shop.Wait(61);
        Assert.EndsWith("\r\n\r\nok", await shop.GetAsync(), StringComparison.Ordinal);
        await shop.GetAsync();
        Assert.Equal(3, shop.Calls);
        Assert.Null(CachedShop.Field(shop.Asked[2], "If-None-Match"));
    }

    [Fact]
    public async Task Section_4_3_4_a_304_updates_what_is_stored_and_keeps_the_rest()
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Field(head, "If-None-Match") is null
            ? CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"|X-Old: 1|X-Both: 1|Content-Type: text/plain")
            : CachedShop.Empty("304 Not Modified", "Cache-Control: max-age=30|ETag: \"a\"|X-Both: 2|X-New: 2|Content-Type: text/html|Content-Encoding: gzip|Content-Length: 99"));
        await shop.GetAsync();
        shop.Wait(61);
        await shop.GetAsync();
        var hit = await shop.GetAsync();
        Assert.Equal("1", CachedShop.Field(hit, "X-Old"));
        Assert.Equal("2", CachedShop.Field(hit, "X-Both"));
        Assert.Equal("2", CachedShop.Field(hit, "X-New"));
        Assert.Equal("text/html", CachedShop.Field(hit, "Content-Type"));

        // What would say something else of the bytes that are stored, section 3.2.
        Assert.Null(CachedShop.Field(hit, "Content-Encoding"));
        Assert.Equal("2", CachedShop.Field(hit, "Content-Length"));
        Assert.Equal("AkkaPerf; hit; ttl=30", CachedShop.Field(hit, "Cache-Status"));
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task Section_4_3_3_a_whole_answer_to_a_validation_takes_the_place_of_what_was_stored()
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok($"Cache-Control: max-age=60|ETag: \"{++calls}\"", $"body {calls}"));
        await shop.GetAsync();
        shop.Wait(61);
        Assert.EndsWith("body 2", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.EndsWith("body 2", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task Section_4_3_3_an_error_answered_to_a_validation_passes_and_what_is_stored_stays()
    {
        var isDown = false;
        await using var shop = await CachedShop.OpenAsync(head => isDown
            ? CachedShop.Empty("500 Oops")
            : CachedShop.Field(head, "If-None-Match") is null ? CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"") : CachedShop.Empty("304 Not Modified", "ETag: \"a\""));
        await shop.GetAsync();
        shop.Wait(61);
        isDown = true;
        Assert.StartsWith("HTTP/1.1 500 ", await shop.GetAsync(), StringComparison.Ordinal);
        isDown = false;
        var answer = await shop.GetAsync();
        Assert.EndsWith("\r\n\r\nok", answer, StringComparison.Ordinal);
        Assert.Equal("\"a\"", CachedShop.Field(shop.Asked[2], "If-None-Match"));
    }

    [Fact]
    public async Task A_304_that_speaks_of_something_else_has_all_of_it_asked_for()
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(head => ++calls == 2
            ? CachedShop.Empty("304 Not Modified", "ETag: \"b\"")
            : CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"", $"body {calls}"));
        await shop.GetAsync();
        shop.Wait(61);
        Assert.EndsWith("body 3", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Null(CachedShop.Field(shop.Asked[2], "If-None-Match"));
    }

    [Fact]
    public async Task The_client_s_own_condition_is_answered_from_what_was_validated()
    {
        await using var shop = await CachedShop.OpenAsync(
            head => CachedShop.Field(head, "If-None-Match") == "\"a\"" ? CachedShop.Empty("304 Not Modified", "ETag: \"a\"") : CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\""));
        await shop.GetAsync();
        shop.Wait(61);
        Assert.StartsWith("HTTP/1.1 200 ", await shop.GetAsync("If-None-Match: \"old\""), StringComparison.Ordinal);
        shop.Wait(61);
        var answer = await shop.GetAsync("If-None-Match: \"a\"");
        Assert.StartsWith("HTTP/1.1 304 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cache-Control: no-cache")] // 5.2.1.4
    [InlineData("Cache-Control: max-age=0")] // 5.2.1.1
    [InlineData("Cache-Control: max-age=10")]
    [InlineData("Cache-Control: min-fresh=50")] // 5.2.1.3
    [InlineData("Pragma: no-cache")] // 5.4
    public async Task Section_5_2_1_a_client_may_want_it_fresher(string fields)
    {
        await using var shop = await CachedShop.OpenAsync(
            head => CachedShop.Field(head, "If-None-Match") is null ? CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"") : CachedShop.Empty("304 Not Modified", "ETag: \"a\""));
        await shop.GetAsync();
        shop.Wait(20);
        var answer = await shop.GetAsync(fields);
        Assert.Equal("AkkaPerf; fwd=request; fwd-status=304; stored", CachedShop.Field(answer, "Cache-Status"));
        Assert.Equal(2, shop.Calls);
    }

    [Theory]
    [InlineData("Cache-Control: max-age=20")]
    [InlineData("Cache-Control: min-fresh=40")]
    [InlineData("Cache-Control: max-age=5, max-stale=100")]
    [InlineData("Cache-Control: max-age=60|Pragma: no-cache")] // 5.4: Pragma does not count beside Cache-Control
    public async Task Section_5_2_1_what_is_fresh_enough_is_given(string fields)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60");
        await shop.GetAsync();
        shop.Wait(20);
        await shop.GetAsync(fields);
        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("max-age=60", "max-stale", 1)]
    [InlineData("max-age=60", "max-stale=10", 1)]
    [InlineData("max-age=60", "max-stale=9", 2)]
    [InlineData("max-age=60, must-revalidate", "max-stale", 2)]
    [InlineData("max-age=60, proxy-revalidate", "max-stale", 2)]
    [InlineData("s-maxage=60", "max-stale", 2)]
    public async Task Section_5_2_1_2_a_client_may_bear_it_stale_unless_that_is_forbidden(string response, string request, int calls)
    {
        await using var shop = await CachedShop.AnsweringAsync($"Cache-Control: {response}|ETag: \"a\"");
        await shop.GetAsync();
        shop.Wait(70);
        await shop.GetAsync($"Cache-Control: {request}");
        Assert.Equal(calls, shop.Calls);
    }

    [Fact]
    public async Task Section_5_2_1_7_only_what_is_stored_or_504()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60");
        Assert.StartsWith("HTTP/1.1 504 ", await shop.GetAsync("Cache-Control: only-if-cached"), StringComparison.Ordinal);
        await shop.GetAsync();
        Assert.StartsWith("HTTP/1.1 200 ", await shop.GetAsync("Cache-Control: only-if-cached"), StringComparison.Ordinal);
        shop.Wait(61);
        Assert.StartsWith("HTTP/1.1 504 ", await shop.GetAsync("Cache-Control: only-if-cached"), StringComparison.Ordinal);
        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task Section_5_2_2_4_no_cache_is_stored_and_asked_for_each_time()
    {
        await using var shop = await CachedShop.OpenAsync(
            head => CachedShop.Field(head, "If-None-Match") is null ? CachedShop.Ok("Cache-Control: no-cache|ETag: \"a\"") : CachedShop.Empty("304 Not Modified", "Cache-Control: no-cache|ETag: \"a\""));
        for (var i = 1; i <= 3; i++)
        {
            Assert.EndsWith("\r\n\r\nok", await shop.GetAsync(), StringComparison.Ordinal);
            Assert.Equal(i, shop.Calls);
            Assert.Equal(i > 1, CachedShop.Field(shop.Asked[i - 1], "If-None-Match") is not null);
        }
    }

    [Fact]
    public async Task What_may_not_be_stored_any_more_is_forgotten()
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ => ++calls == 2 ? CachedShop.Ok("Cache-Control: no-store", "secret") : CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\""));
        await shop.GetAsync();
        shop.Wait(61);
        Assert.EndsWith("secret", await shop.GetAsync(), StringComparison.Ordinal);
        await shop.GetAsync();
        Assert.Null(CachedShop.Field(shop.Asked[2], "If-None-Match"));
    }

    [Theory]
    [InlineData("ETag: \"a\"|Content-Length: 2|X-New: 1", true)]
    [InlineData("ETag: W/\"a\"|Last-Modified: Mon, 23 Nov 2020 12:00:00 GMT|X-New: 1", true)]
    [InlineData("X-New: 1", true)]
    [InlineData("ETag: \"b\"|Content-Length: 2", false)]
    [InlineData("ETag: \"a\"|Content-Length: 3", false)]
    [InlineData("Last-Modified: Tue, 24 Nov 2020 12:00:00 GMT", false)]
    public async Task Section_4_3_5_an_answer_to_HEAD_freshens_what_is_stored_or_drops_it(string fields, bool isSame)
    {
        await using var shop = await CachedShop.OpenAsync(head => head.StartsWith("HEAD", StringComparison.Ordinal)
            ? $"HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: max-age=60\r\n{fields.Replace("|", "\r\n", StringComparison.Ordinal)}\r\n\r\n"
            : CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"|Last-Modified: Mon, 23 Nov 2020 12:00:00 GMT|X-New: 0"));
        await shop.GetAsync();
        shop.Wait(61);
        await shop.AskAsync("HEAD");
        Assert.Equal(2, shop.Calls);
        var answer = await shop.GetAsync();
        Assert.EndsWith("\r\n\r\nok", answer, StringComparison.Ordinal);
        Assert.Equal(isSame ? 2 : 3, shop.Calls);
        Assert.Equal(isSame ? "1" : "0", CachedShop.Field(answer, "X-New"));
        if (!isSame)
        {
            Assert.Null(CachedShop.Field(shop.Asked[2], "If-None-Match"));
        }
    }

    [Theory]
    [InlineData("Cache-Control: no-store")]
    [InlineData("X-Host: evil")]
    public async Task A_HEAD_that_may_not_be_stored_freshens_nothing(string fields)
    {
        await using var shop = await CachedShop.OpenAsync(head => head.StartsWith("HEAD", StringComparison.Ordinal)
            ? "HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: max-age=60\r\nETag: \"a\"\r\nX-New: 1\r\n\r\n"
            : CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"|X-New: 0"));
        await shop.GetAsync();
        shop.Wait(61);
        await shop.AskAsync("HEAD", "/", fields);
        Assert.Equal("0", CachedShop.Field(await shop.GetAsync(), "X-New"));
        Assert.Equal(3, shop.Calls);
    }
}
