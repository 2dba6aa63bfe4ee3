using System.Text;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>RFC 9111, section 4.2.4, and RFC 5861: when something stale is given.</summary>
public sealed class StaleTests
{
    [Fact]
    public async Task Stale_while_revalidate_gives_it_at_once_and_refreshes_it_once()
    {
        var calls = 0;
        using var mayAnswer = new SemaphoreSlim(1);
        var time = new StillTime();
        await using var origin = RawOrigin.Start(async connection =>
        {
            var call = Interlocked.Increment(ref calls);
            await mayAnswer.WaitAsync();
            await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60, stale-while-revalidate=30", $"body {call}"));
            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync("timeout = 1h", http => http.Time = time, origin.Address);
        await GetAsync();
        time.Advance(TimeSpan.FromSeconds(61));
        for (var i = 0; i < 5; i++)
        {
            var stale = await GetAsync();
            Assert.EndsWith("body 1", stale, StringComparison.Ordinal);
            Assert.Equal("61", CachedShop.Field(stale, "Age"));
            Assert.Equal("AkkaPerf; hit; ttl=-1", CachedShop.Field(stale, "Cache-Status"));
        }

        await Until.TrueAsync(() => Volatile.Read(ref calls) == 2, "it is refreshed");
        mayAnswer.Release();
        await proxy.IdleAsync();
        Assert.EndsWith("body 2", await GetAsync(), StringComparison.Ordinal);
        Assert.Equal(2, calls);

        // Beyond its window it is waited for.
        time.Advance(TimeSpan.FromSeconds(91));
        mayAnswer.Release();
        Assert.EndsWith("body 3", await GetAsync(), StringComparison.Ordinal);

        Task<string> GetAsync() => RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nX-Who: me\r\nConnection: close\r\n\r\n");
    }

    [Fact]
    public async Task A_background_refresh_carries_the_fields_of_whoever_caused_it()
    {
        await using var shop = await CachedShop.OpenAsync(head => CachedShop.Field(head, "If-None-Match") is null
            ? CachedShop.Ok("Cache-Control: max-age=60, stale-while-revalidate=30|ETag: \"a\"|Vary: X-Lang")
            : CachedShop.Empty("304 Not Modified", "ETag: \"a\""));
        await shop.GetAsync("X-Lang: de|X-Who: first");
        shop.Wait(61);
        await shop.GetAsync("X-Lang: de|X-Who: second");
        await Until.TrueAsync(() => shop.Calls == 2, "it is refreshed");
        Assert.Equal("second", CachedShop.Field(shop.Asked[1], "X-Who"));
        Assert.Equal("de", CachedShop.Field(shop.Asked[1], "X-Lang"));
        Assert.Equal("\"a\"", CachedShop.Field(shop.Asked[1], "If-None-Match"));
    }

    [Theory]
    [InlineData("HEAD", "")]
    [InlineData("GET", "Range: bytes=0-0")]
    public async Task A_background_refresh_asks_for_the_whole_whatever_whoever_caused_it_wants(string method, string fields)
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(head =>
        {
            var answer = CachedShop.Ok("Cache-Control: max-age=60, stale-while-revalidate=30", $"body {Interlocked.Increment(ref calls)}");
            return head.StartsWith("HEAD", StringComparison.Ordinal) ? answer[..^"body 1".Length] : answer;
        });
        await shop.GetAsync();
        shop.Wait(61);
        await shop.AskAsync(method, "/", fields);
        await Until.TrueAsync(() => shop.Calls == 2, "it is refreshed");
        await shop.Proxy.IdleAsync();
        Assert.EndsWith("\r\n\r\nbody 2", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.StartsWith("GET ", shop.Asked[1], StringComparison.Ordinal);
        Assert.Null(CachedShop.Field(shop.Asked[1], "Range"));
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task A_background_refresh_that_turns_out_too_large_to_be_stored_is_not_read_on()
    {
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var time = new StillTime();
        await using var origin = Refreshing(async connection =>
        {
            await connection.SendAsync("40\r\n" + new string('x', 64) + "\r\n");
            Assert.IsType<IOException>(await Record.ExceptionAsync(connection.ReadHeadAsync), exactMatch: false);
            isOver.SetResult();
        });
        await using var proxy = await SmallAsync(origin, time);
        await AskAsync(proxy);
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.EndsWith("\r\n\r\nok", await AskAsync(proxy), StringComparison.Ordinal);
        await isOver.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Stale);
    }

    [Fact]
    public async Task Who_joins_a_background_refresh_that_turns_out_too_large_to_be_stored_gets_all_of_it_without_a_pause()
    {
        using var hasJoined = new SemaphoreSlim(0);
        var time = new StillTime();
        await using var origin = Refreshing(async connection =>
        {
            await connection.SendAsync("5\r\n01234\r\n");
            await hasJoined.WaitAsync();
            await connection.SendAsync("40\r\n" + new string('x', 64) + "\r\n3\r\nend\r\n0\r\n\r\n");
        });
        await using var proxy = await SmallAsync(origin, time);
        await AskAsync(proxy);
        time.Advance(TimeSpan.FromSeconds(61));
        await AskAsync(proxy);
        await Until.TrueAsync(() => origin.Heads.Count == 2, "it is refreshed");
        using var joiner = await RawConnection.OpenAsync(proxy.Address);
        await joiner.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\nCache-Control: no-cache\r\n\r\n");
        await joiner.ReadThroughAsync("01234");
        hasJoined.Release();
        var rest = await joiner.ReadThroughAsync("0\r\n\r\n");
        Assert.Equal(64, rest.Count(static one => one == 'x'));
        Assert.Contains("end", rest, StringComparison.Ordinal);
        Assert.Equal(2, origin.Heads.Count);
        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData("500 Oops", "max-age=60, stale-if-error=30", 70, true)]
    [InlineData("503 Busy", "max-age=60, stale-if-error=30", 89, true)]
    [InlineData("503 Busy", "max-age=60, stale-if-error=30", 91, false)]
    [InlineData("404 Not Found", "max-age=60, stale-if-error=30", 70, false)]
    [InlineData("500 Oops", "max-age=60", 70, false)]
    [InlineData("500 Oops", "max-age=60, stale-if-error=30, must-revalidate", 70, false)]
    [InlineData("500 Oops", "max-age=60, stale-if-error=30, proxy-revalidate", 70, false)]
    [InlineData("500 Oops", "s-maxage=60, stale-if-error=30", 70, false)]
    public async Task Stale_if_error_gives_it_in_the_place_of_an_error(string status, string control, int seconds, bool isStale)
    {
        var isDown = false;
        await using var shop = await CachedShop.OpenAsync(_ => isDown ? CachedShop.Empty(status) : CachedShop.Ok($"Cache-Control: {control}"));
        await shop.GetAsync();
        shop.Wait(seconds);
        isDown = true;
        var answer = await shop.GetAsync();
        Assert.StartsWith(isStale ? "HTTP/1.1 200 " : $"HTTP/1.1 {status[..3]} ", answer, StringComparison.Ordinal);
        if (isStale)
        {
            Assert.Equal("AkkaPerf; fwd=stale; detail=backend-failed", CachedShop.Field(answer, "Cache-Status"));
            Assert.Equal($"{seconds}", CachedShop.Field(answer, "Age"));
        }
    }

    [Theory]
    [InlineData("max-age=3600", 1, false)]
    [InlineData("max-age=3600, stale-if-error=30", 29, true)]
    [InlineData("max-age=3600, stale-if-error=30", 31, false)]
    public async Task Stale_if_error_counts_from_the_moment_of_a_soft_purge(string control, int seconds, bool isStale)
    {
        var isDown = false;
        await using var shop = await CachedShop.OpenAsync(_ => isDown ? CachedShop.Empty("500 Oops") : CachedShop.Ok($"Cache-Control: {control}"));
        await shop.GetAsync();
        shop.Wait(1);
        using var all = new StringContent("{\"all\":true, \"soft\":true}", Encoding.UTF8, "application/json");
        using var purged = await shop.Proxy.Client.PostAsync(new Uri("/-/pipelines/shop/purge", UriKind.Relative), all);
        Assert.True(purged.IsSuccessStatusCode);
        shop.Wait(seconds);
        isDown = true;
        Assert.StartsWith(isStale ? "HTTP/1.1 200 " : "HTTP/1.1 500 ", await shop.GetAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max-age=60", true)]
    [InlineData("max-age=60, must-revalidate", false)] // 5.2.2.2: an error, which is to be 504
    [InlineData("max-age=60, proxy-revalidate", false)]
    [InlineData("s-maxage=60", false)]
    [InlineData("no-cache", false)]
    public async Task Section_4_2_4_stale_is_given_while_no_backend_can_be_reached_unless_that_is_forbidden(string control, bool isStale)
    {
        var isDown = false;
        await using var shop = await CachedShop.OpenAsync(_ => isDown ? null : CachedShop.Ok($"Cache-Control: {control}|ETag: \"a\""));
        await shop.GetAsync();
        shop.Wait(70);
        isDown = true;
        Assert.StartsWith(isStale ? "HTTP/1.1 200 " : "HTTP/1.1 504 ", await shop.GetAsync(), StringComparison.Ordinal);

        // It is there still, and given once the backend says that it has not changed.
        isDown = false;
        Assert.StartsWith("HTTP/1.1 200 ", await shop.GetAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max-age=60", 200)]
    [InlineData("max-age=60, must-revalidate", 504)]
    [InlineData("max-age=60, proxy-revalidate", 504)]
    [InlineData("s-maxage=60", 504)]
    [InlineData("no-cache", 504)]
    public async Task Section_5_2_2_2_without_a_backend_that_may_be_asked_it_is_disconnected(string control, int status)
    {
        await using var shop = await CachedShop.OpenAsync(
            _ => CachedShop.Ok($"Cache-Control: {control}|ETag: \"a\""), route: new HttpRouteOptions { Proxy = { ProxyStatus = "edge" } });
        await shop.GetAsync();
        shop.Wait(70);
        Assert.True(shop.Proxy.Pipeline.Backends!.Drain("b0"));
        var answer = await shop.GetAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == 504 ? "edge; error=destination_unavailable" : null, CachedShop.Field(answer, "Proxy-Status"));
        Assert.Equal(status == 504, answer.Contains("not-validated", StringComparison.Ordinal));
        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("max-age=60", 200)]
    [InlineData("max-age=60, must-revalidate", 503)]
    [InlineData("s-maxage=60", 503)]
    [InlineData("no-cache", 503)]
    public async Task Section_5_2_2_2_who_is_too_busy_to_ask_is_not_disconnected_and_says_so(string control, int status)
    {
        var isHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayGo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            if (connection.Head.StartsWith("GET /slow ", StringComparison.Ordinal))
            {
                isHeld.SetResult();
                await mayGo.Task;
            }

            await connection.SendAsync(CachedShop.Ok($"Cache-Control: {control}|ETag: \"a\""));
            connection.Close();
        });
        var time = new StillTime();
        await using var proxy = await Proxy.ToAsync("timeout = 1h\nthrottle { concurrency = 1, queue = 0 }", http => http.Time = time, origin.Address);
        await AskAsync("/");
        await proxy.IdleAsync();
        time.Advance(TimeSpan.FromSeconds(70));
        var slow = AskAsync("/slow");
        await isHeld.Task;
        var answer = await AskAsync("/");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == 503, answer.Contains("queue-full", StringComparison.Ordinal));
        Assert.Equal(status == 503, CachedShop.Field(answer, "Retry-After") is not null);
        mayGo.SetResult();
        await slow;

        Task<string> AskAsync(string target) => RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    }

    [Fact]
    public async Task After_a_failure_the_backend_is_left_alone_for_a_moment()
    {
        var isDown = false;
        await using var shop = await CachedShop.OpenAsync(_ => isDown ? CachedShop.Empty("500 Oops") : CachedShop.Ok("Cache-Control: max-age=60, stale-if-error=300"));
        await shop.GetAsync();
        shop.Wait(61);
        isDown = true;
        for (var i = 0; i < 3; i++)
        {
            Assert.StartsWith("HTTP/1.1 200 ", await shop.GetAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(2, shop.Calls);
        shop.Wait(1.1);
        await shop.GetAsync();
        Assert.Equal(3, shop.Calls);
    }

    [Fact]
    public async Task What_is_no_longer_kept_is_not_given()
    {
        var isDown = false;
        await using var shop = await CachedShop.OpenAsync(_ => isDown ? null : CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\""), "cache.http.keep = 10s");
        await shop.GetAsync();
        shop.Wait(71);
        isDown = true;
        Assert.StartsWith("HTTP/1.1 502 ", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Null(CachedShop.Field(shop.Asked[1], "If-None-Match"));
    }

    [Fact]
    public async Task An_operator_may_allow_it_where_nothing_is_said()
    {
        var isDown = false;
        await using var shop = await CachedShop.OpenAsync(
            _ => isDown ? CachedShop.Empty("500 Oops") : CachedShop.Ok("Cache-Control: max-age=60"), "cache.stale { while-revalidate = 5s\n if-error = 1m }");
        await shop.GetAsync();
        isDown = true;
        shop.Wait(70);
        Assert.StartsWith("HTTP/1.1 200 ", await shop.GetAsync(), StringComparison.Ordinal);
    }

    // What is stored first is small; of what it is refreshed with nobody knows how long it will be.
    private static RawOrigin Refreshing(Func<RawConnection, Task> refresh)
    {
        var calls = 0;
        return RawOrigin.Start(async connection =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60, stale-while-revalidate=30, stale-if-error=30"));
                connection.Close();
                return;
            }

            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=60\r\n\r\n");
            await refresh(connection);
        });
    }

    private static Task<Proxy> SmallAsync(RawOrigin origin, StillTime time) => Proxy.ToAsync(
        "timeout = 1h",
        http =>
        {
            http.Time = time;
            http.MaxCacheableBodyBytes = 10;
        },
        origin.Address);

    private static Task<string> AskAsync(Proxy proxy) => RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
}
