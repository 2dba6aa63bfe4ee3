using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

public sealed class NoVarySearchTests
{
    private const string On = "cache.http.no-vary-search = on";

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

    [Theory]
    [InlineData("params=(\"a\" \"b\")", "params=(\"b\" \"a\")", true)]
    [InlineData("params", "params, except=()", true)]
    [InlineData("params=(\"a b\")", "params=(\"a\" \"b\")", false)]
    [InlineData("params=(\"a,b\")", "params=(\"a\" \"b\")", false)]
    [InlineData("params=(\"a\")", "params, except=(\"a\")", false)]
    [InlineData("params=(\"a\")", "key-order, params=(\"a\")", false)]
    public void Rules_that_say_the_same_have_the_same_text(string one, string other, bool isSame) =>
        Assert.Equal(isSame, QueryRules.Parse(one)!.Text == QueryRules.Parse(other)!.Text);

    [Fact]
    public async Task What_a_response_does_not_say_itself_does_not_hold_for_it()
    {
        await using var shop = await OpenAsync(static head => head.Contains("mode=admin", StringComparison.Ordinal) ? null : "params=(\"x\")");
        await shop.GetAsync(target: "/p?mode=admin");
        await shop.GetAsync(target: "/p?x=1");
        Assert.EndsWith("\r\n\r\n/p?mode=admin&x=7", await shop.GetAsync(target: "/p?mode=admin&x=7"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_stored_by_another_rule_is_not_found_by_the_new_one()
    {
        var rule = "params=(\"x\" \"y\")";
        await using var shop = await OpenAsync(_ => rule);
        await shop.GetAsync(target: "/p?x=1");
        rule = "params=(\"x\")";
        await shop.GetAsync(target: "/p?z=1");
        Assert.EndsWith("\r\n\r\n/p?x=2", await shop.GetAsync(target: "/p?x=2"), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n/p?x=2", await shop.GetAsync(target: "/p?x=3"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_with_ever_other_rules_is_told_apart_by_every_byte()
    {
        var rule = "";
        await using var shop = await OpenAsync(_ => rule);
        for (var i = 1; i <= 5; i++)
        {
            rule = $"params=(\"x{i}\")";
            await shop.GetAsync(target: $"/p?y={i}");
        }

        foreach (var target in new[] { "/p?x5=1", "/p?x5=2", "/p?x5=1" })
        {
            Assert.EndsWith($"\r\n\r\n{target}", await shop.GetAsync(target: target), StringComparison.Ordinal);
        }

        Assert.Equal(7, shop.Calls);
    }

    [Fact]
    public async Task What_a_304_says_something_else_of_is_not_found_by_the_old_rule_any_more()
    {
        await using var shop = await CachedShop.OpenAsync(
            static head => CachedShop.Field(head, "If-None-Match") is null
                ? CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"|No-Vary-Search: params=(\"x\")", TargetOf(head))
                : CachedShop.Empty("304 Not Modified", "Cache-Control: max-age=60|ETag: \"a\"|No-Vary-Search: params=(\"y\")"),
            On);
        await shop.GetAsync(target: "/p?x=1");
        shop.Wait(61);
        Assert.EndsWith("\r\n\r\n/p?x=1", await shop.GetAsync(target: "/p?x=2"), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n/p?x=3", await shop.GetAsync(target: "/p?x=3"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_joined_by_the_old_rule_asks_for_himself_if_the_answer_does_not_say_it()
    {
        var calls = 0;
        using var mayAnswer = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            var call = Interlocked.Increment(ref calls);
            if (call == 2)
            {
                await mayAnswer.WaitAsync();
            }

            await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60" + (call == 1 ? "|No-Vary-Search: params=(\"x\")" : ""), TargetOf(connection.Head)));
            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync($"timeout = 1h\n{On}", null, origin.Address);
        await AskAsync("/p?x=1");
        var first = AskAsync("/p?y=1&x=2");
        await Until.TrueAsync(() => Volatile.Read(ref calls) == 2, "the backend is asked");
        var second = AskAsync("/p?y=1&x=3");
        var same = AskAsync("/p?y=1&x=2");
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Joined == 2, "the others have joined");
        mayAnswer.Release();

        Assert.EndsWith("\r\n\r\n/p?y=1&x=2", await first, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n/p?y=1&x=2", await same, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n/p?y=1&x=3", await second, StringComparison.Ordinal);
        Assert.Equal(3, calls);

        Task<string> AskAsync(string target) => RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    }

    // Each answers with the target that was asked for, and says what matters of it; null for nothing.
    private static Task<CachedShop> OpenAsync(Func<string, string?> rule) => CachedShop.OpenAsync(
        head => CachedShop.Ok($"Cache-Control: max-age=60{(rule(head) is { } said ? $"|No-Vary-Search: {said}" : "")}", TargetOf(head)), On);

    private static string TargetOf(string head) => head.Split(' ')[1];
}
