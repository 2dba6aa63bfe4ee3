using System.Globalization;
using System.Net;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Client;

public sealed class CachingTests
{
    private const string Keepable = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: max-age=60\r\nContent-Type: text/plain\r\nX-A: 1\r\nX-A: 2\r\n\r\nok";

    [Theory]
    [InlineData(HttpCompletionOption.ResponseContentRead)]
    [InlineData(HttpCompletionOption.ResponseHeadersRead)]
    public async Task A_kept_response_comes_from_memory_with_its_age_and_is_the_callers_own(HttpCompletionOption completion)
    {
        var time = new FakeTimeProvider();
        await using var origin = RawOrigin.Answering(Keepable);
        await using var shop = await Shop.OpenAsync("timeout = 1h", http => http.Time = time, addTo: null, origin.Address);
        for (var age = 0; age < 3; age++)
        {
            using var response = await shop.Client.GetAsync("/", completion);
            Assert.Equal((HttpStatusCode.OK, HttpVersion.Version11), (response.StatusCode, response.Version));
            Assert.Equal(TimeSpan.FromSeconds(age), response.Headers.Age);
            Assert.Equal(["1", "2"], response.Headers.GetValues("X-A"));
            Assert.Equal(("text/plain", 2), (response.Content.Headers.ContentType!.MediaType, response.Content.Headers.ContentLength));
            Assert.Equal("ok", await response.Content.ReadAsStringAsync());
            (await response.Content.ReadAsByteArrayAsync())[0] = 0;
            response.Headers.Clear();
            response.Content.Headers.Clear();
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(origin.Heads);
        Assert.Equal(2, shop.Pipeline.Describe().Cache!.Hits);
        await shop.IdleAsync();
    }

    [Theory]
    [InlineData("Cache-Control", "no-cache")]
    [InlineData("Cache-Control", "max-age=0")]
    [InlineData("Cache-Control", "no-store")]
    [InlineData("Pragma", "no-cache")]
    [InlineData("Authorization", "Basic eA==")]
    [InlineData("Cookie", "a=1")]
    [InlineData("X-Original-URL", "/admin")]
    public async Task Who_wants_another_answer_gets_one(string name, string value)
    {
        await using var origin = RawOrigin.Answering(Keepable);
        await using var shop = await Shop.OpenAsync("", http => http.Time = new StillTime(), addTo: null, origin.Address);
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            request.Headers.Add(name, value);
            using var response = await shop.Client.SendAsync(request);
            Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(2, origin.Heads.Count);
    }

    [Fact]
    public async Task Callers_and_visitors_share_what_is_kept_under_its_URL()
    {
        await using var origin = RawOrigin.Answering(Keepable);
        await using var shop = await Shop.OpenAsync("", http => http.Time = new StillTime(), addTo: null, origin.Address);
        using var visitor = new HttpClient { BaseAddress = shop.Address };
        Assert.Equal("ok", await visitor.GetStringAsync("/a"));
        Assert.Equal("ok", await shop.Client.GetStringAsync(new Uri(shop.Address, "/a")));
        Assert.Equal("ok", await shop.Client.GetStringAsync(new Uri(shop.Address, "/b")));
        Assert.Equal("ok", await visitor.GetStringAsync("/b"));
        Assert.Equal(2, origin.Heads.Count);

        // Another host is another resource.
        Assert.Equal("ok", await shop.Client.GetStringAsync("/a"));
        Assert.Equal(3, origin.Heads.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Many_who_ask_for_the_same_cause_one_call_if_it_can_be_shared(bool isKeepable)
    {
        const int Callers = 20;
        var calls = 0;
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            var call = Interlocked.Increment(ref calls);
            await mayAnswer.Task;
            context.Response.Headers.CacheControl = isKeepable ? "max-age=60" : "private";
            await context.Response.WriteAsync(call.ToString(CultureInfo.InvariantCulture));
        });
        await using var shop = await Shop.OpenAsync("", http => http.Time = new StillTime(), addTo: null, origin.Address);
        var all = Enumerable.Range(0, Callers).Select(_ => shop.Client.GetStringAsync("/same")).ToArray();
        await Until.TrueAsync(() => shop.Pipeline.Describe().Waiting.Joined == Callers - 1, "all wait for one load");
        mayAnswer.SetResult();
        var bodies = await Task.WhenAll(all);
        Assert.Equal(isKeepable ? 1 : Callers, bodies.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(isKeepable ? 1 : Callers, calls);
        await shop.IdleAsync();
    }

    [Fact]
    public async Task Who_joined_does_not_wait_for_the_code_of_the_first_caller()
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            await mayAnswer.Task;
            await context.Response.WriteAsync("each its own");
        });
        await using var shop = await Shop.OpenAsync(origin.Address);
        using var mayGoOn = new ManualResetEventSlim();
        var first = BlockAsync();
        await Until.TrueAsync(() => shop.Pipeline.Describe().Permits.InUse == 1, "the first runs");
        var second = shop.Client.GetStringAsync("/");
        await Until.TrueAsync(() => shop.Pipeline.Describe().Waiting.Joined == 1, "the second joined");
        mayAnswer.SetResult();
        Assert.Equal("each its own", await second);
        mayGoOn.Set();
        await first;
        await shop.IdleAsync();

        async Task BlockAsync()
        {
            using var response = await shop.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
            mayGoOn.Wait();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_who_cancels_leaves_the_load_to_the_others(bool isRunning)
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await mayAnswer.Task;
            await connection.SendAsync(Keepable);
            connection.Close();
        });
        await using var shop = await Shop.OpenAsync("throttle.concurrency = 1", http => http.Time = new StillTime(), addTo: null, origin.Address);
        var busy = isRunning ? Task.FromResult("") : shop.Client.GetStringAsync("/busy");
        await Until.TrueAsync(() => isRunning || !origin.Heads.IsEmpty, "the only permit is taken");
        using var leaving = new CancellationTokenSource();
        var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("X-Who", "first");
        var first = shop.Client.SendAsync(request, leaving.Token);
        await Until.TrueAsync(
            () => isRunning ? !origin.Heads.IsEmpty : shop.Pipeline.Describe().Waiting.Room == 1, "the first's call is under way, or waits for the permit");
        var second = shop.Client.GetStringAsync("/");
        await Until.TrueAsync(() => shop.Pipeline.Describe().Waiting.Joined == 1, "the second joined");
        await leaving.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(leaving.Token, cancelled.CancellationToken);

        // He may do with it what he likes.
        request.Headers.Clear();
        request.Dispose();
        mayAnswer.SetResult();
        Assert.Equal("ok", await second);
        await busy;
        Assert.Contains("X-Who: first\r\n", origin.Heads.Last(), StringComparison.Ordinal);
        Assert.Equal(isRunning ? 1 : 2, origin.Heads.Count);
        await shop.IdleAsync();
    }

    [Fact]
    public async Task What_comes_slowly_is_read_as_it_comes_and_kept_once_it_is_whole()
    {
        var time = new StillTime();
        using var next = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nCache-Control: max-age=60\r\n\r\n01234");
            await next.WaitAsync();
            await connection.SendAsync("56789");
            connection.Close();
        });
        await using var shop = await Shop.OpenAsync("timeout = 1h", http => http.Time = time, addTo: null, origin.Address);
        var asking = shop.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        using var response = await asking;
        var body = await response.Content.ReadAsStreamAsync();
        var begun = new byte[5];
        await body.ReadExactlyAsync(begun);
        Assert.Equal("01234"u8, begun);
        Assert.Equal(1, shop.Pipeline.Describe().Permits.InUse);
        next.Release();
        await body.ReadExactlyAsync(begun);
        Assert.Equal("56789"u8, begun);
        await shop.IdleAsync();
        Assert.Equal("0123456789", await shop.Client.GetStringAsync("/"));
        Assert.Single(origin.Heads);
    }
}
