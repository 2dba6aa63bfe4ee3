using AkkaPerf.Http.Caching.Rules;

namespace AkkaPerf.Http.Tests.Caching;

public sealed class NoVarySearchTests
{
    [Theory]
    [InlineData("params", "a=1&b=2", "")]
    [InlineData("params=(\"a\")", "a=1&b=2&a=3", "?b=2")]
    [InlineData("params, except=(\"a\")", "a=1&b=2&a=3", "?a=1&a=3")]
    [InlineData("key-order", "b=2&a=1&b=1", "?a=1&b=2&b=1")]
    [InlineData("params=(\"a b\")", "a+b=1&a%20b=2&c", "?c=")]
    [InlineData("key-order, params=(\"x\")", "b=%7e&x=1&a=+", "?a=%20&b=~")]
    public void What_does_not_matter_is_left_out(string field, string query, string normal) =>
        Assert.Equal(normal, QueryRules.Parse(field)!.Normalize(query));

    [Theory]
    [InlineData("")]
    [InlineData("params=?0")]
    [InlineData("key-order=?0")]
    [InlineData("params=(\"a\"), except=(\"b\")")]
    [InlineData("except=(\"b\")")]
    [InlineData("params=(a)")]
    [InlineData("params=\"a\"")]
    [InlineData("params=(\"a\"")]
    public void What_is_not_valid_says_nothing(string field) => Assert.Null(QueryRules.Parse(field));

    [Theory]
    [InlineData("on", 2)]
    [InlineData("off", 4)]
    public async Task Requests_that_differ_in_what_does_not_matter_are_answered_alike_if_the_option_says_so(string option, int calls)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60|No-Vary-Search: params=(\"utm\")", hocon: $"cache.http.no-vary-search = {option}");
        await shop.GetAsync(target: "/?q=1&utm=1");
        await shop.GetAsync(target: "/?utm=2&q=1");
        await shop.GetAsync(target: "/?q=1");
        await shop.GetAsync(target: "/?q=2");
        Assert.Equal(calls, shop.Calls);
    }

    [Fact]
    public async Task A_change_of_one_is_a_change_of_all_of_them()
    {
        await using var shop = await CachedShop.OpenAsync(
            head => head.StartsWith("GET", StringComparison.Ordinal) ? CachedShop.Ok("Cache-Control: max-age=60|No-Vary-Search: params=(\"utm\")") : CachedShop.Empty("204 No Content"),
            "cache.http.no-vary-search = on");
        await shop.GetAsync(target: "/?q=1&utm=1");
        await shop.GetAsync(target: "/?q=1&utm=2");
        await shop.AskAsync("DELETE", "/?q=1");
        await shop.GetAsync(target: "/?q=1&utm=2");
        Assert.Equal(3, shop.Calls);
    }
}
