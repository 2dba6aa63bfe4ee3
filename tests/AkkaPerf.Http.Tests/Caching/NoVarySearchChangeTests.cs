using System.Text;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>A change of a URL takes all that is stored of it, by whatever rule (RFC 9111, section 4.4).</summary>
public sealed class NoVarySearchChangeTests
{
    private const string On = "cache.http.no-vary-search = on";

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

    [Theory]
    [InlineData("PUT")]
    [InlineData("purge")]
    [InlineData("soft purge")]
    public async Task It_takes_what_was_stored_before_there_was_a_rule(string change)
    {
        var (rule, version) = ("", 1);
        await using var shop = await OpenAsync(() => rule, () => version);
        await shop.GetAsync(target: "/p?x=2");
        rule = "params=(\"x\")";
        await shop.GetAsync(target: "/p?x=1");
        version = 2;
        await ChangeAsync(shop.Proxy, change, "/p?x=2");

        // Without a rule it would be found again.
        rule = "";
        await shop.GetAsync(target: "/p?y=1");
        Assert.EndsWith("v2", await shop.GetAsync(target: "/p?x=2"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("purge")]
    [InlineData("soft purge")]
    public async Task It_takes_what_was_stored_by_an_earlier_rule(string change)
    {
        var (rule, version) = ("params=(\"x\")", 1);
        await using var shop = await OpenAsync(() => rule, () => version);
        await shop.GetAsync(target: "/p?x=1");
        rule = "params=(\"y\")";
        await shop.GetAsync(target: "/p?y=1");
        version = 2;
        await ChangeAsync(shop.Proxy, change, "/p?x=1");
        rule = "params=(\"x\")";
        await shop.GetAsync(target: "/p?z=1");
        Assert.EndsWith("v2", await shop.GetAsync(target: "/p?x=2"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Location")]
    [InlineData("Content-Location")]
    public async Task It_takes_what_the_answer_names(string field)
    {
        var version = 1;
        await using var shop = await CachedShop.OpenAsync(
            head => head.StartsWith("POST", StringComparison.Ordinal)
                ? CachedShop.Empty("201 Created", $"{field}: /p?x=5")
                : CachedShop.Ok("Cache-Control: max-age=60|No-Vary-Search: params=(\"x\")", $"v{version}"),
            On);
        await shop.GetAsync(target: "/p?x=1");
        version = 2;
        await shop.AskAsync("POST", "/all", body: "a");
        Assert.EndsWith("v2", await shop.GetAsync(target: "/p?x=1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("purge")]
    [InlineData("soft purge")]
    public async Task It_takes_what_is_on_its_way_and_has_just_said_its_rule(string change)
    {
        using var mayEnd = new SemaphoreSlim(0);
        var calls = 0;
        await using var origin = RawOrigin.Start(async connection =>
        {
            var call = Interlocked.Increment(ref calls);
            if (connection.Head.StartsWith("PUT", StringComparison.Ordinal))
            {
                await connection.SendAsync(CachedShop.Empty("204 No Content"));
            }
            else
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\nCache-Control: max-age=60\r\nNo-Vary-Search: params=(\"x\")\r\n\r\nbod");
                if (call == 1)
                {
                    await mayEnd.WaitAsync();
                }

                await connection.SendAsync($"y {call}");
            }

            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync($"timeout = 1h\n{On}", null, origin.Address);
        using var first = await RawConnection.OpenAsync(proxy.Address);
        await first.SendAsync("GET /p?x=1 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        await first.ReadThroughAsync("bod");
        await ChangeAsync(proxy, change, "/p?x=1");
        mayEnd.Release();
        await first.ReadToEndAsync();
        await proxy.IdleAsync();
        var after = await RawConnection.AskAsync(proxy.Address, "GET /p?x=1 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.DoesNotContain("body 1", after, StringComparison.Ordinal);
    }

    private static Task<CachedShop> OpenAsync(Func<string> rule, Func<int> version) => CachedShop.OpenAsync(
        head => head.StartsWith("PUT", StringComparison.Ordinal)
            ? CachedShop.Empty("204 No Content")
            : CachedShop.Ok($"Cache-Control: max-age=60{(rule() is { Length: > 0 } said ? $"|No-Vary-Search: {said}" : "")}", $"v{version()}"),
        On);

    private static async Task ChangeAsync(Proxy proxy, string change, string target)
    {
        if (change == "PUT")
        {
            await RawConnection.AskAsync(proxy.Address, $"PUT {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            return;
        }

        var soft = change == "soft purge" ? ", \"soft\":true" : "";
        using var content = new StringContent($"{{\"urls\":[\"http://shop{target}\"]{soft}}}", Encoding.UTF8, "application/json");
        using var answer = await proxy.Client.PostAsync(new Uri("/-/pipelines/shop/purge", UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode);
    }
}
