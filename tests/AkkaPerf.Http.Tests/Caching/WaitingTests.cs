using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>How many wait for another's load, and for how long.</summary>
public sealed class WaitingTests
{
    private readonly TaskCompletionSource _mayAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task No_more_wait_than_is_allowed_however_few_keys_they_wait_for()
    {
        await using var origin = Waiting();
        await using var proxy = await Proxy.ToAsync("timeout = 1h\ncache.max-joiners = 2", configure: null, origin.Address);
        var first = GetAsync(proxy, "/a");
        await Until.TrueAsync(() => origin.Heads.Count == 1, "the first one's load is under way");
        Task<string>[] waiting = [GetAsync(proxy, "/a"), GetAsync(proxy, "/a")];
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Joined == 2, "two wait");
        var refused = await GetAsync(proxy, "/a");
        Assert.StartsWith("HTTP/1.1 503 ", refused, StringComparison.Ordinal);
        Assert.Contains("queue-full", refused, StringComparison.Ordinal);

        // What waits for nobody is not concerned.
        var other = GetAsync(proxy, "/b");
        await Until.TrueAsync(() => origin.Heads.Count == 2, "another key is loaded");
        _mayAnswer.SetResult();
        Assert.All(await Task.WhenAll([first, other, .. waiting]), static answer => Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal));
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task Who_waits_too_long_for_another_s_load_is_told_so_and_the_load_goes_on()
    {
        await using var origin = Waiting();
        await using var proxy = await Proxy.ToAsync(
            "timeout = 1h",
            http => http.Time = new StillTime(),
            static app =>
            {
                app.MapPipeline("/{**path}", "shop");
                app.MapPipeline("/{**path}", "shop", static route =>
                {
                    route.Headers.Add(new ValueMatchOptions { Name = "X-Hurry", Mode = MatchMode.Exists });
                    route.Timeout = TimeSpan.FromMilliseconds(50);
                });
            },
            origin.Address);
        var first = GetAsync(proxy, "/a");
        await Until.TrueAsync(() => origin.Heads.Count == 1, "the first one's load is under way");
        Assert.StartsWith("HTTP/1.1 504 ", await GetAsync(proxy, "/a", "X-Hurry: 1\r\n"), StringComparison.Ordinal);
        _mayAnswer.SetResult();
        Assert.StartsWith("HTTP/1.1 200 ", await first, StringComparison.Ordinal);
        await proxy.IdleAsync();
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(proxy, "/a", "X-Hurry: 1\r\n"), StringComparison.Ordinal);
        Assert.Single(origin.Heads);
    }

    private static Task<string> GetAsync(Proxy proxy, string target, string fields = "") =>
        RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\n{fields}Connection: close\r\n\r\n");

    private RawOrigin Waiting() => RawOrigin.Start(async connection =>
    {
        await _mayAnswer.Task;
        await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60"));
        connection.Close();
    });
}
