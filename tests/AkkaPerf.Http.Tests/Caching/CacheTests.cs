using System.Globalization;
using System.Net;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Caching;

public sealed class CacheTests
{
    [Theory]
    [InlineData("Cache-Control: max-age=60", true)]
    [InlineData("Cache-Control: s-maxage=60", true)]
    [InlineData("Cache-Control: public, MAX-AGE=\"60\"", true)]
    [InlineData("Cache-Control: max-age=0, s-maxage=60", true)]
    [InlineData("Cache-Control: max-age=60\r\nAge: 59", true)]
    [InlineData("Cache-Control: max-age=99999999999999999999", true)]
    [InlineData("Cache-Control: max-age=60, s-maxage=0", false)]
    [InlineData("Cache-Control: max-age=60\r\nAge: 60", false)]
    [InlineData("Cache-Control: max-age=60\r\nAge: unknown", true)]
    [InlineData("Cache-Control: max-age=60\r\nCache-Control: no-store", false)]
    [InlineData("Cache-Control: max-age=60, no-cache", false)]
    [InlineData("Cache-Control: max-age=60, no-cache=\"Set-Cookie\"", true)]
    [InlineData("Cache-Control: max-age=60, private", false)]
    [InlineData("Cache-Control: max-age=60, private=\"X\"", true)]
    [InlineData("Cache-Control: max-age=60, max-age=30", true)]
    [InlineData("Cache-Control: max-age=-1", false)]
    [InlineData("Cache-Control: max-age=1.5", false)]
    [InlineData("Cache-Control: max-age", false)]
    [InlineData("Cache-Control: ext=\", max-age=60\"", false)]
    [InlineData("Cache-Control: max-age=60\r\nSet-Cookie: a=1", false)]
    [InlineData("Cache-Control: max-age=60\r\nVary: Accept", true)]
    [InlineData("Expires: Thu, 01 Jan 2099 00:00:00 GMT", true)]
    [InlineData("ETag: \"1\"", false)]
    [InlineData("Cache-Control: max-age=60\r\nContent-Type: text/event-stream; charset=utf-8", false)]
    public async Task A_response_is_kept_by_what_it_says_itself(string headers, bool isKept)
    {
        await using var origin = RawOrigin.Answering($"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{headers}\r\n\r\nok");
        await AssertKeptAsync(origin, "GET", "", isKept);
    }

    [Theory]
    [InlineData("HTTP/1.1 203 Non-Authoritative Information\r\nContent-Length: 2", true)]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 2", true)]
    [InlineData("HTTP/1.1 599 Odd\r\nContent-Length: 2", true)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close", false)]
    public async Task Any_status_is_kept_if_it_says_so_but_no_body_without_an_end(string head, bool isKept)
    {
        await using var origin = RawOrigin.Answering($"{head}\r\nCache-Control: max-age=60\r\n\r\nok");
        await AssertKeptAsync(origin, "GET", "", isKept);
    }

    [Theory]
    [InlineData("GET", "", true)]
    [InlineData("GET", "Cache-Control: no-cache\r\n", false)]
    [InlineData("GET", "Accept: text/html\r\n", true)]
    [InlineData("POST", "", false)]
    [InlineData("OPTIONS", "", false)]
    [InlineData("GET", "Authorization: Basic eA==\r\n", false)]
    [InlineData("GET", "Cookie: a=1\r\n", false)]
    [InlineData("GET", "Range: bytes=0-1\r\n", true)]
    [InlineData("HEAD", "", true)]
    [InlineData("GET", "If-Match: \"1\"\r\n", false)]
    [InlineData("GET", "If-None-Match: \"1\"\r\n", true)]
    [InlineData("GET", "If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT\r\n", true)]
    [InlineData("GET", "Cache-Control: max-age=0, no-store\r\n", false)]
    [InlineData("GET", "X-Original-URL: /admin\r\n", true)]
    [InlineData("GET", "X-HTTP-Method-Override: DELETE\r\n", true)]
    [InlineData("GET", "Content-Length: 1\r\n\r\nx", false)]
    public async Task Which_requests_are_answered_from_the_cache(string method, string headers, bool isKept)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: max-age=60\r\n\r\nok");
        await AssertKeptAsync(origin, method, headers, isKept);
    }

    [Fact]
    public async Task A_kept_response_tells_its_age_and_ends_with_its_life()
    {
        var time = new FakeTimeProvider();
        await using var origin = RawOrigin.Answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nAge: 10\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nX-A: 1\r\nX-A: 2\r\nConnection: X-B\r\nX-B: 1\r\n"
            + "Cache-Control: max-age=60\r\n\r\nok");
        await using var proxy = await Proxy.ToAsync("timeout = 1h", http => http.Time = time, origin.Address);
        Assert.Contains("Age: 10\r\n", await GetAsync(proxy, "/"), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(49));
        var hit = await GetAsync(proxy, "/");
        Assert.Contains("Age: 59\r\n", hit, StringComparison.Ordinal);
        Assert.Contains("Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n", hit, StringComparison.Ordinal);
        Assert.Contains("X-A: 1\r\nX-A: 2\r\n", hit, StringComparison.Ordinal);
        Assert.DoesNotContain("X-B", hit, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nok", hit, StringComparison.Ordinal);
        Assert.Single(origin.Heads);
        time.Advance(TimeSpan.FromSeconds(1));
        await GetAsync(proxy, "/");
        Assert.Equal(2, origin.Heads.Count);
    }

    [Fact]
    public async Task What_the_transfer_took_is_age_too()
    {
        var time = new StillTime();
        var mayAnswer = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await mayAnswer.WaitAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nAge: 10\r\nCache-Control: max-age=60\r\n\r\nok");
        });
        await using var proxy = await Proxy.ToAsync("timeout = 1h", http => http.Time = time, origin.Address);
        Assert.Contains("Age: 30\r\n", await GetSlowlyAsync("/", TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Contains("Age: 59\r\n", await GetAsync(proxy, "/"), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(1));
        await GetSlowlyAsync("/", TimeSpan.Zero);
        Assert.Equal(2, origin.Heads.Count);

        // What is no longer fresh when it is there is answered, and not kept.
        await GetSlowlyAsync("/stale", TimeSpan.FromSeconds(50));
        await GetSlowlyAsync("/stale", TimeSpan.Zero);
        Assert.Equal(4, origin.Heads.Count);

        async Task<string> GetSlowlyAsync(string target, TimeSpan takes)
        {
            var seen = origin.Heads.Count;
            var answer = GetAsync(proxy, target);
            await Until.TrueAsync(() => origin.Heads.Count > seen, "the backend was asked");
            time.Advance(takes);
            mayAnswer.Release();
            return await answer;
        }
    }

    [Fact]
    public async Task A_length_beside_chunks_is_not_kept()
    {
        await using var origin = RawOrigin.Answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=60\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("", http => http.Time = new StillTime(), origin.Address);
        for (var i = 0; i < 2; i++)
        {
            Assert.StartsWith("HTTP/1.1 502 ", await GetAsync(proxy, "/"), StringComparison.Ordinal);
        }

        Assert.Equal(2, origin.Heads.Count);
    }

    [Fact]
    public async Task Trailers_are_kept_with_the_body()
    {
        await using var origin = RawOrigin.Answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=60\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("", http => http.Time = new StillTime(), origin.Address);
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, proxy.Http2Address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await proxy.Client.SendAsync(request);
            Assert.Equal("ok", await response.Content.ReadAsStringAsync());
            Assert.Equal("1, 2", string.Join(", ", response.TrailingHeaders.GetValues("X-Sum")));
        }

        Assert.EndsWith("\r\n\r\nok", await GetAsync(proxy, "/", proxy.Http2Address.Authority), StringComparison.Ordinal);
        Assert.Single(origin.Heads);
    }

    [Fact]
    public async Task Keys_differ_by_authority_and_raw_target_but_not_by_spelling_of_the_authority()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: max-age=60\r\n\r\nok");
        await using var proxy = await Proxy.ToAsync("", http => http.Time = new StillTime(), origin.Address);
        string[] different =
        [
            "/a/b", "/a%2Fb", "/a%2fb", "/A/b", "/a/b?", "/a/b?x=1", "/a/./b", "/a/../a/b", "/a;x/b", "/a//b", "/a/b/", "/a/%62", "/a/b?x=1&y=2", "/a/b?y=2&x=1", "/a/b?x=1;y=2",
            "/a/b?X=1", "/a/b?x=%31", "/a/b?x=1&x=1", "/a/b%3Fx=1",
        ];
        foreach (var target in different)
        {
            await GetAsync(proxy, target);
        }

        // What is asked for is what it is kept by, byte for byte.
        Assert.Equal(different, origin.Heads.Select(static head => head.Split(' ')[1]));
        await GetAsync(proxy, "/a/b", "other");
        Assert.Equal(different.Length + 1, origin.Heads.Count);
        await GetAsync(proxy, "/a/b", "SHOP");
        await GetAsync(proxy, "/a/b", "shop:80");
        Assert.Equal(different.Length + 1, origin.Heads.Count);
    }

    [Fact]
    public async Task A_truncated_body_is_neither_kept_nor_taken_for_the_whole()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 20\r\nCache-Control: max-age=60\r\n\r\ntruncated");
        await using var proxy = await Proxy.ToAsync("", http => http.Time = new StillTime(), origin.Address);
        for (var i = 1; i <= 2; i++)
        {
            var answer = "";
            var end = await Record.ExceptionAsync(async () => answer = await GetAsync(proxy, "/"));
            Assert.True(end is null or IOException, $"{end}");
            Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 502 ", StringComparison.Ordinal) || answer.Contains("Content-Length: 20\r\n", StringComparison.Ordinal), answer);
            Assert.Equal(i, origin.Heads.Count);
        }

        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_is_too_large_is_streamed_whole_and_not_kept(bool isChunked)
    {
        const int Size = 100_000;
        await using var origin = await Origin.StartAsync(async context =>
        {
            context.Response.Headers.CacheControl = "max-age=60";
            context.Response.ContentLength = isChunked ? null : Size;
            await context.Response.WriteAsync(new string('x', Size));
        });
        await using var proxy = await Proxy.ToAsync("", http => http.MaxCacheableBodyBytes = 10_000, origin.Address);
        Assert.Equal(new string('x', Size), await proxy.Client.GetStringAsync("/"));
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Hits);
        Assert.Equal(new string('x', Size), await proxy.Client.GetStringAsync("/"));
        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Hits);
    }

    [Fact]
    public async Task Many_who_ask_for_the_same_cause_one_call()
    {
        const int Callers = 50;
        var calls = 0;
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            var call = Interlocked.Increment(ref calls);
            await mayAnswer.Task;
            context.Response.Headers.CacheControl = "max-age=60";
            await context.Response.WriteAsync(call.ToString(CultureInfo.InvariantCulture));
        });
        await using var proxy = await Proxy.ToAsync("", http => http.Time = new StillTime(), origin.Address);
        var all = Enumerable.Range(0, Callers).Select(_ => proxy.Client.GetStringAsync("/same")).ToArray();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Joined == Callers - 1, "all wait for one load");
        mayAnswer.SetResult();
        Assert.All(await Task.WhenAll(all), body => Assert.Equal("1", body));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Those_who_joined_what_cannot_be_shared_go_on_side_by_side()
    {
        const int Callers = 20;
        var calls = 0;
        var mayAnswerFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var allOthersAreHere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            var call = Interlocked.Increment(ref calls);
            if (call == Callers)
            {
                allOthersAreHere.SetResult();
            }

            await (call == 1 ? mayAnswerFirst.Task : allOthersAreHere.Task);
            await context.Response.WriteAsync(call.ToString(CultureInfo.InvariantCulture));
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var all = Enumerable.Range(0, Callers).Select(_ => proxy.Client.GetStringAsync("/each")).ToArray();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Joined == Callers - 1, "all wait for one load");
        mayAnswerFirst.SetResult();
        var bodies = await Task.WhenAll(all);
        Assert.Equal(Callers, bodies.Distinct(StringComparer.Ordinal).Count());
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task Those_who_joined_are_served_after_the_first_has_gone()
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var heads = 0;
        await using var origin = RawOrigin.Start(async connection =>
        {
            Interlocked.Increment(ref heads);
            await mayAnswer.Task;
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: max-age=60\r\n\r\nok");
        });
        await using var proxy = await Proxy.ToAsync("", http => http.Time = new StillTime(), origin.Address);
        using var first = await RawConnection.OpenAsync(proxy.Address);
        await first.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\nX-Who: first\r\n\r\n");
        await Until.TrueAsync(() => Volatile.Read(ref heads) == 1, "the first's call is under way");
        var second = GetAsync(proxy, "/");
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Joined == 1, "the second joined");
        first.Abort();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Joined == 0, "the first has gone");
        mayAnswer.SetResult();
        Assert.EndsWith("\r\n\r\nok", await second, StringComparison.Ordinal);
        Assert.Contains("X-Who: first\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_load_whose_first_caller_left_before_it_started_sends_what_that_one_asked()
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await mayAnswer.Task;
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: max-age=60\r\n\r\nok");
        });
        await using var proxy = await Proxy.ToAsync("throttle.concurrency = 1", http => http.Time = new StillTime(), origin.Address);
        var busy = GetAsync(proxy, "/busy");
        await Until.TrueAsync(() => origin.Heads.Count == 1, "the only permit is taken");
        using var first = await RawConnection.OpenAsync(proxy.Address);
        await first.SendAsync("GET /wanted HTTP/1.1\r\nHost: shop\r\nX-Who: first\r\n\r\n");
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Room == 1, "the load waits");
        var second = GetAsync(proxy, "/wanted");
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Joined == 1, "the second joined");
        first.Abort();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Refused["Cancelled"] == 1, "the first has gone");
        mayAnswer.SetResult();
        Assert.EndsWith("\r\n\r\nok", await second, StringComparison.Ordinal);
        await busy;
        Assert.Contains(origin.Heads, head => head.StartsWith("GET /wanted ", StringComparison.Ordinal) && head.Contains("X-Who: first\r\n", StringComparison.Ordinal));
        await proxy.IdleAsync();
    }

    private static async Task AssertKeptAsync(RawOrigin origin, string method, string headers, bool isKept)
    {
        await using var proxy = await Proxy.ToAsync("", http => http.Time = new StillTime(), origin.Address);
        await GetAsync(proxy, "/");
        var seen = origin.Heads.Count;
        await RawConnection.AskAsync(proxy.Address, $"{method} / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{headers}\r\n");
        Assert.Equal(isKept ? seen : seen + 1, origin.Heads.Count);
    }

    private static Task<string> GetAsync(Proxy proxy, string target, string host = "shop") =>
        RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
}
