using System.Collections.Concurrent;
using System.Diagnostics;
using AkkaPerf.Http.Tests.Caching;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Http.Tests.Telemetry;

/// <summary>What is told of requests that the HTTP cache answers, and of those that wait for its loads.</summary>
[Collection(nameof(Listened))]
public sealed class CacheTelemetryTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string ClientsSpan = "b7ad6b7169203331";
    private const string Parent = $"traceparent: 00-{TraceId}-{ClientsSpan}-01";
    private const string Answered = "{akkaperf.pipeline=shop, akkaperf.outcome=answered}";

    private readonly ConcurrentQueue<Activity> _ended = new();

    [Theory]
    [InlineData("GET", "", 200)]
    [InlineData("HEAD", "", 200)]
    [InlineData("GET", "Cache-Control: max-stale, only-if-cached", 200)]
    public async Task A_hit_is_measured_as_any_answer_is(string method, string fields, int status)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60");
        await shop.GetAsync();
        using var meters = new ContainerMeters(shop.Proxy.Services);
        Assert.StartsWith($"HTTP/1.1 {status} ", await shop.AskAsync(method, "/", fields), StringComparison.Ordinal);

        Assert.Equal(1, meters.Recorded("akkaperf.request.duration" + Answered));
        Assert.Equal(2, meters.Read("akkaperf.requests{")["akkaperf.requests" + Answered]);
        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task Each_client_is_counted_and_measured_once_whoever_asked_the_backend()
    {
        const int Joiners = 5;
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await mayAnswer.Task;
            await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60"));
            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync("timeout = 1h", configure: null, origin.Address);
        using var meters = new ContainerMeters(proxy.Services);
        var first = GetAsync("");
        await Until.TrueAsync(() => origin.Heads.Count == 1, "the backend is asked");
        var joiners = Enumerable.Range(0, Joiners).Select(_ => GetAsync("")).ToArray();
        await Until.TrueAsync(() => Waiting() == Joiners, "the others wait");
        mayAnswer.SetResult();
        await Task.WhenAll([first, .. joiners]);
        Assert.Single(origin.Heads);
        await GetAsync("");
        Assert.StartsWith("HTTP/1.1 504 ", await GetAsync("other", "Cache-Control: only-if-cached\r\n"), StringComparison.Ordinal);
        await proxy.IdleAsync();

        Assert.Equal(Joiners + 3, meters.Read("akkaperf.requests{").Values.Sum());
        Assert.Equal(Joiners + 3, meters.Read("akkaperf.requests{")["akkaperf.requests" + Answered]);
        Assert.Equal(Joiners + 3, meters.Recorded("akkaperf.request.duration" + Answered));
        Assert.Single(origin.Heads);

        double Waiting() => meters.Read("akkaperf.requests.waiting{")["akkaperf.requests.waiting{akkaperf.pipeline=shop, akkaperf.place=load}"];

        Task<string> GetAsync(string path, string fields = "") =>
            RawConnection.AskAsync(proxy.Address, $"GET /{path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{fields}\r\n");
    }

    [Fact]
    public async Task Who_leaves_a_load_is_counted_as_refused_and_the_load_not_at_all()
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await mayAnswer.Task;
            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync("timeout = 1h", configure: null, origin.Address);
        using var meters = new ContainerMeters(proxy.Services);
        using var leaving = new CancellationTokenSource();
        var sending = proxy.Client.GetAsync("/", leaving.Token);
        await Until.TrueAsync(() => origin.Heads.Count == 1, "the backend is asked");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await Until.TrueAsync(() => meters.Recorded("akkaperf.request.duration{akkaperf.pipeline=shop, akkaperf.outcome=refused}") > 0, "it is counted and measured");
        await proxy.IdleAsync();
        mayAnswer.SetResult();

        Assert.Equal(1, meters.Read("akkaperf.requests{").Values.Sum());
        Assert.Equal(1, meters.Read("akkaperf.requests{")["akkaperf.requests{akkaperf.pipeline=shop, akkaperf.outcome=refused, akkaperf.reason=cancelled}"]);
        Assert.Equal(1, meters.Recorded("akkaperf.request.duration{akkaperf.pipeline=shop, akkaperf.outcome=refused}"));
    }

    [Fact]
    public async Task A_refresh_in_the_background_is_nobody_s_request()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60, stale-while-revalidate=30");
        await shop.GetAsync();
        shop.Wait(61);
        using var meters = new ContainerMeters(shop.Proxy.Services);
        await shop.GetAsync();
        await Until.TrueAsync(() => shop.Calls == 2, "it is refreshed");
        await shop.Proxy.IdleAsync();

        Assert.Equal(2, meters.Read("akkaperf.requests{").Values.Sum());
        Assert.Equal(1, meters.Recorded("akkaperf.request.duration" + Answered));
    }

    [Fact]
    public async Task A_hit_has_a_span_that_says_so_within_its_client_s_trace()
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60");
        await shop.GetAsync();
        using var listener = Listen();
        await shop.GetAsync(Parent);

        var span = Assert.Single(_ended);
        Assert.Equal(("akkaperf shop", TraceId, ClientsSpan, ActivityKind.Server), (span.OperationName, span.TraceId.ToHexString(), span.ParentSpanId.ToHexString(), span.Kind));
        Assert.Equal(["akkaperf.caching.hit"], span.Events.Select(static one => one.Name));
        Assert.Equal("answered", span.GetTagItem("akkaperf.outcome"));
        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task What_the_second_level_answers_alone_is_told_as_any_answer_is()
    {
        var store = new OpenStore();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=3600"));
            connection.Close();
        });
        await using (var before = await Proxy.WithStoreAsync(store, "timeout = 1h", configure: null, origin.Address))
        {
            await AskAsync(before);
            await Until.TrueAsync(() => store.Entries.Keys.Any(static key => key.EndsWith("http://shop/", StringComparison.Ordinal)), "it is in the second level");
        }

        await using var proxy = await Proxy.WithStoreAsync(store, "timeout = 1h", configure: null, origin.Address);
        using var meters = new ContainerMeters(proxy.Services);
        using var listener = Listen();
        var answer = await AskAsync(proxy);
        Assert.StartsWith("AkkaPerf; hit; ttl=", CachedShop.Field(answer, "Cache-Status"), StringComparison.Ordinal);
        Assert.Single(origin.Heads);

        var span = Assert.Single(_ended);
        Assert.Equal(("akkaperf shop", TraceId, ClientsSpan, ActivityKind.Server), (span.OperationName, span.TraceId.ToHexString(), span.ParentSpanId.ToHexString(), span.Kind));
        var happened = Assert.Single(span.Events, static one => one.Name.StartsWith("akkaperf", StringComparison.Ordinal));
        Assert.Equal(("akkaperf.caching.looked_up", "hit"), (happened.Name, happened.Tags.Single(static tag => tag.Key == "akkaperf.result").Value));
        Assert.Equal(("answered", "shop"), (span.GetTagItem("akkaperf.outcome"), span.GetTagItem("akkaperf.pipeline")));
        Assert.Equal(1, meters.Recorded("akkaperf.request.duration" + Answered));
        Assert.Equal(1, meters.Read("akkaperf.requests{")["akkaperf.requests" + Answered]);
        Assert.Equal((1, 1), (proxy.Pipeline.Describe().Cache!.DistributedHits, proxy.Pipeline.Describe().Cache!.Misses));

        static Task<string> AskAsync(Proxy proxy) => RawConnection.AskAsync(proxy.Address, $"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{Parent}\r\n\r\n");
    }

    [Theory]
    [InlineData(Parent, TraceId)]
    [InlineData("X-None: 1", null)]
    public async Task A_refresh_in_the_background_is_a_trace_of_its_own_linked_to_its_cause(string fields, string? cause)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60, stale-while-revalidate=30");
        await shop.GetAsync();
        shop.Wait(61);
        using var listener = Listen();
        await shop.GetAsync(fields);
        await Until.TrueAsync(() => _ended.Count == 3, "the hit, the refresh and its exchange have ended");

        var refresh = Assert.Single(_ended, static span => span.OperationName == "akkaperf shop refresh");
        Assert.Equal((default, "answered", "shop"), (refresh.ParentSpanId, refresh.GetTagItem("akkaperf.outcome"), refresh.GetTagItem("akkaperf.pipeline")));
        Assert.Equal(cause, refresh.Links.Select(static link => link.Context.TraceId.ToHexString()).SingleOrDefault());
        var exchange = Assert.Single(_ended, span => span.ParentSpanId == refresh.SpanId);
        Assert.Equal("b0", exchange.GetTagItem("akkaperf.backend"));
        Assert.Equal($"00-{refresh.TraceId}-{exchange.SpanId}-01", CachedShop.Field(shop.Asked[1], "traceparent"));
    }

    [Theory]
    [InlineData(true, "answered", ActivityStatusCode.Unset)]
    [InlineData(false, "faulted", ActivityStatusCode.Error)]
    public async Task Who_joins_a_load_has_a_span_in_its_own_trace_that_is_linked_to_the_load_s(bool isAnswered, string outcome, ActivityStatusCode status)
    {
        const int Joiners = 3;
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await mayAnswer.Task;
            if (isAnswered)
            {
                await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60"));
            }

            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync("timeout = 1h", configure: null, origin.Address);
        using var meters = new ContainerMeters(proxy.Services);
        using var listener = Listen();
        var first = GetAsync("X-None: 1");
        await Until.TrueAsync(() => origin.Heads.Count == 1, "the backend is asked");
        var joiners = Enumerable.Range(0, Joiners).Select(_ => GetAsync(Parent)).ToArray();
        await Until.TrueAsync(() => Waiting(meters) == Joiners, "the others wait");
        mayAnswer.SetResult();
        await Task.WhenAll([first, .. joiners]);
        await proxy.IdleAsync();
        await Until.TrueAsync(() => _ended.Count == Joiners + 1, "all spans have ended");

        var load = Assert.Single(_ended, static span => span.GetTagItem("akkaperf.backend") is not null);
        Assert.Empty(load.Links);
        foreach (var span in _ended.Where(one => one != load))
        {
            Assert.Equal(("akkaperf shop", TraceId, ClientsSpan, ActivityKind.Server), (span.OperationName, span.TraceId.ToHexString(), span.ParentSpanId.ToHexString(), span.Kind));
            Assert.Equal(["akkaperf.caching.joined"], span.Events.Select(static one => one.Name).Where(static name => name.StartsWith("akkaperf", StringComparison.Ordinal)));
            Assert.Equal(load.Context, Assert.Single(span.Links).Context);
            Assert.Equal((outcome, "shop", status), (span.GetTagItem("akkaperf.outcome"), span.GetTagItem("akkaperf.pipeline"), span.Status));
            Assert.Equal(load.GetTagItem("error.type"), span.GetTagItem("error.type"));
            Assert.True(span.StartTimeUtc >= load.StartTimeUtc && span.Duration > TimeSpan.Zero, $"began at {span.StartTimeUtc:O}, the load at {load.StartTimeUtc:O}");
        }

        Task<string> GetAsync(string field) =>
            RawConnection.AskAsync(proxy.Address, $"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{field}\r\n\r\n");
    }

    [Fact]
    public async Task Who_leaves_another_s_load_or_finds_no_room_to_wait_has_a_span_that_says_so()
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await mayAnswer.Task;
            connection.Close();
        });
        await using var proxy = await Proxy.ToAsync("timeout = 1h\ncache.max-joiners = 1", configure: null, origin.Address);
        using var meters = new ContainerMeters(proxy.Services);
        using var listener = Listen();
        var first = proxy.Client.GetAsync("/");
        await Until.TrueAsync(() => origin.Heads.Count == 1, "the backend is asked");
        using var leaving = new CancellationTokenSource();
        var second = proxy.Client.GetAsync("/", leaving.Token);
        await Until.TrueAsync(() => Waiting(meters) == 1, "the second one waits");
        using (var third = await proxy.Client.GetAsync("/"))
        {
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, third.StatusCode);
        }

        var full = Assert.Single(_ended);
        Assert.Equal(("refused", "queue_full", ActivityStatusCode.Error), (full.GetTagItem("akkaperf.outcome"), full.GetTagItem("akkaperf.reason"), full.Status));
        Assert.Empty(full.Events);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Until.TrueAsync(() => _ended.Count == 2, "who left has its span");
        mayAnswer.SetResult();
        (await first).Dispose();
        await Until.TrueAsync(() => _ended.Count == 3, "the load has its span");

        var left = _ended.ElementAt(1);
        Assert.Equal(("refused", "cancelled", ActivityStatusCode.Unset), (left.GetTagItem("akkaperf.outcome"), left.GetTagItem("akkaperf.reason"), left.Status));
        Assert.Equal(["akkaperf.caching.joined"], left.Events.Select(static one => one.Name));
        Assert.Equal(_ended.ElementAt(2).Context, Assert.Single(left.Links).Context);
    }

    [Fact]
    public async Task A_refresh_that_fails_says_so()
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ => Interlocked.Increment(ref calls) == 1 ? CachedShop.Ok("Cache-Control: max-age=60, stale-while-revalidate=30") : null);
        await shop.GetAsync();
        shop.Wait(61);
        using var listener = Listen();
        await shop.GetAsync();
        await Until.TrueAsync(() => _ended.Any(static span => span.OperationName == "akkaperf shop refresh"), "the refresh has ended");

        var refresh = Assert.Single(_ended, static span => span.OperationName == "akkaperf shop refresh");
        Assert.Equal((ActivityStatusCode.Error, "faulted"), (refresh.Status, refresh.GetTagItem("akkaperf.outcome")));
    }

    private static double Waiting(ContainerMeters meters) =>
        meters.Read("akkaperf.requests.waiting{")["akkaperf.requests.waiting{akkaperf.pipeline=shop, akkaperf.place=load}"];

    private ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == AkkaPerfTelemetry.ActivitySourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
