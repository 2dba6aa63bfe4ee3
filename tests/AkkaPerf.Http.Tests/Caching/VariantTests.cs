namespace AkkaPerf.Http.Tests.Caching;

/// <summary>RFC 9111, section 4.1: responses that depend on what the request says.</summary>
public sealed class VariantTests
{
    [Fact]
    public async Task Section_4_1_each_variant_is_stored_and_given_to_its_own()
    {
        await using var shop = await LanguagesAsync();
        for (var i = 0; i < 2; i++)
        {
            Assert.EndsWith("[de]", await shop.GetAsync("X-Lang: de"), StringComparison.Ordinal);
            Assert.EndsWith("[en]", await shop.GetAsync("X-Lang: en"), StringComparison.Ordinal);
            Assert.EndsWith("[]", await shop.GetAsync(), StringComparison.Ordinal);
            Assert.EndsWith("[]", await shop.GetAsync("X-Lang:"), StringComparison.Ordinal);
        }

        // Not to say it is not the same as to say nothing.
        Assert.Equal(4, shop.Calls);
    }

    [Theory]
    [InlineData("X-Lang: de, en", "X-Lang: de,en")]
    [InlineData("X-Lang: de, en", "X-Lang:  de ,\ten ")]
    [InlineData("X-Lang: de, en", "X-Lang: de|X-Lang: en")]
    [InlineData("X-Lang: de, en", "x-lang: de, en")]
    public async Task Section_4_1_what_is_spelled_differently_is_the_same(string one, string other)
    {
        await using var shop = await LanguagesAsync();
        await shop.GetAsync(one);
        await shop.GetAsync(other);
        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("gzip, deflate, br", "br, gzip, deflate", 1)]
    [InlineData("gzip;q=1.0, br;q=0.5", "br, x-gzip", 1)]
    [InlineData("gzip, identity", "gzip", 1)]
    [InlineData("gzip", "gzip;q=0", 2)]
    [InlineData("gzip", "gzip, identity;q=0", 2)]
    public async Task Codings_that_are_accepted_alike_are_the_same(string one, string other, int calls)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60|Vary: Accept-Encoding");
        await shop.GetAsync($"Accept-Encoding: {one}");
        await shop.GetAsync($"Accept-Encoding: {other}");
        Assert.Equal(calls, shop.Calls);
    }

    [Theory]
    [InlineData("Vary: *")]
    [InlineData("Vary: X-A, *")]
    [InlineData("Vary: X-A|Vary: *")]
    [InlineData("Vary: X-Forwarded-For")]
    [InlineData("Vary: Forwarded")]
    public async Task Section_4_1_what_depends_on_more_than_fields_or_on_who_asks_is_nobody_else_s(string vary)
    {
        await using var shop = await CachedShop.AnsweringAsync($"Cache-Control: max-age=60|{vary}");
        await shop.GetAsync();
        await shop.GetAsync();
        Assert.Equal(2, shop.Calls);
    }

    [Theory]
    [InlineData("Tue, 24 Nov 2026 11:00:00 GMT", "Tue, 24 Nov 2026 11:00:01 GMT", "second")]
    [InlineData("Tue, 24 Nov 2026 11:00:01 GMT", "Tue, 24 Nov 2026 11:00:00 GMT", "first")]
    public async Task Section_4_of_several_that_fit_the_one_with_the_latest_Date_is_given(string first, string second, string given)
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ => ++calls == 1
            ? CachedShop.Ok($"Cache-Control: max-age=9999|Vary: X-A|Date: {first}", "first")
            : CachedShop.Ok($"Cache-Control: max-age=9999|Vary: X-B|Date: {second}", "second"));
        await shop.GetAsync("X-A: 1|X-B: 1");
        await shop.GetAsync("X-A: 2|X-B: 2");

        // The first one's by X-A, the second one's by X-B.
        Assert.EndsWith($"\r\n\r\n{given}", await shop.GetAsync("X-A: 1|X-B: 2"), StringComparison.Ordinal);
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task Fields_in_several_lines_of_Vary_count_all()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60|Vary: X-A|Vary: X-B, X-C");
        await shop.GetAsync("X-A: 1|X-B: 1|X-C: 1");
        await shop.GetAsync("X-A: 1|X-B: 1|X-C: 1");
        Assert.Equal(1, shop.Calls);
        await shop.GetAsync("X-A: 1|X-B: 1|X-C: 2");
        await shop.GetAsync("X-A: 1|X-B: 2|X-C: 1");
        Assert.Equal(3, shop.Calls);
    }

    [Fact]
    public async Task Variants_are_bounded_and_the_oldest_goes_first()
    {
        await using var shop = await LanguagesAsync("cache.http.max-variants = 4");
        for (var i = 0; i < 6; i++)
        {
            await shop.GetAsync($"X-Lang: {i}");
        }

        Assert.Equal(1, shop.Proxy.Pipeline.Describe().Cache!.Entries);
        for (var i = 5; i >= 2; i--)
        {
            await shop.GetAsync($"X-Lang: {i}");
        }

        Assert.Equal(6, shop.Calls);
        await shop.GetAsync("X-Lang: 0");
        Assert.Equal(7, shop.Calls);
    }

    [Fact]
    public async Task A_variant_that_is_missing_is_told_as_such()
    {
        await using var shop = await LanguagesAsync();
        Assert.Equal("AkkaPerf; fwd=uri-miss; stored", CachedShop.Field(await shop.GetAsync("X-Lang: de"), "Cache-Status"));
        Assert.Equal("AkkaPerf; fwd=vary-miss; stored", CachedShop.Field(await shop.GetAsync("X-Lang: en"), "Cache-Status"));
    }

    private static Task<CachedShop> LanguagesAsync(string hocon = "") => CachedShop.OpenAsync(
        head => CachedShop.Ok("Cache-Control: max-age=60|Vary: X-Lang", $"[{CachedShop.Field(head, "X-Lang")}]"), hocon);
}
