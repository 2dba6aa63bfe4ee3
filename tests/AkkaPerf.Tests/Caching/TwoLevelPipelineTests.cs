using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Layers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Tests.Caching;

/// <summary>Both levels, freshness and warming as a caller sees them, through a whole pipeline.</summary>
public abstract class TwoLevelPipelineTests : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly IDistributedCache _store = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
    private readonly List<TestPipeline<string, string>> _pipelines = [];
    private readonly IslandMode _mode;
    private int _loads;
    private Func<string, IExchangeContext<string>, ValueTask<string>> _source = (id, _) => ValueTask.FromResult("value of " + id);

    protected TwoLevelPipelineTests(IslandMode mode) => _mode = mode;

    private int Loads => Volatile.Read(ref _loads);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var pipeline in _pipelines)
        {
            await pipeline.AssertIdleAsync();
            await pipeline.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_one_pipeline_loads_the_other_finds()
    {
        var (first, second) = (Start(), Start());
        await first.Pipeline.SendAsync("a");
        await first.Core.Cache!.FlushAsync();

        Assert.Equal("value of a", await second.Pipeline.SendAsync("a"));
        Assert.Equal("value of a", await second.Pipeline.SendAsync("a"));

        Assert.Equal(1, Loads);
        var statistics = second.Pipeline.Cache!.Statistics;
        Assert.Equal((1, 1), (statistics.DistributedHits, statistics.LocalHits));
    }

    [Fact]
    public async Task Many_who_ask_at_once_ask_the_second_level_once()
    {
        var (first, second) = (Start(), Start());
        await first.Pipeline.SendAsync("a");
        await first.Core.Cache!.FlushAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => second.Pipeline.TrySendAsync("a").AsTask()));

        Assert.All(outcomes, outcome => Assert.Equal("value of a", outcome.Value));
        Assert.Equal((1, 1L), (Loads, second.Pipeline.Describe().Cache!.DistributedHits));
    }

    [Fact]
    public async Task A_removed_answer_is_gone_from_both_levels()
    {
        var (first, second) = (Start(), Start());
        await first.Pipeline.SendAsync("a");
        Assert.True(await first.Pipeline.Cache!.RemoveAsync("a"));

        await second.Pipeline.SendAsync("a");
        await second.Core.Cache!.FlushAsync();
        await first.Pipeline.SendAsync("a");

        Assert.Equal(2, Loads);
    }

    [Fact]
    public async Task A_removal_during_a_load_wins_over_its_result()
    {
        var pipeline = Start();
        var load = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _source = (_, _) => new ValueTask<string>(load.Task);
        var before = pipeline.Pipeline.TrySendAsync("a").AsTask();
        await pipeline.UntilAsync(() => Loads == 1, "the load");

        await pipeline.Pipeline.Cache!.RemoveAsync("a");
        var after = pipeline.Pipeline.TrySendAsync("a").AsTask();
        await pipeline.UntilAsync(() => Loads == 2, "a load of its own");
        load.SetResult("old");

        Assert.Equal("old", (await before).Value);
        Assert.Equal("old", (await after).Value);
        await pipeline.AssertIdleAsync();
        Assert.Equal("old", await pipeline.Pipeline.SendAsync("a"));
        Assert.Equal(2, Loads);
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("prefix")]
    [InlineData("all")]
    public async Task What_is_invalid_is_asked_for_anew(string by)
    {
        var pipeline = Start();
        await pipeline.Pipeline.SendAsync("abc");
        await pipeline.Core.Cache!.FlushAsync();
        pipeline.Advance(Minute);
        var cache = pipeline.Pipeline.Cache!;

        await (by switch
        {
            "tag" => cache.RemoveByTagAsync("letter:a"),
            "prefix" => cache.RemoveByPrefixAsync("ab"),
            _ => cache.ClearAsync(),
        });
        await pipeline.Pipeline.SendAsync("abc");

        Assert.Equal(2, Loads);
    }

    [Fact]
    public async Task A_hit_late_in_its_life_is_answered_and_refreshed_through_the_permits()
    {
        var pipeline = Start();
        await pipeline.Pipeline.SendAsync("a");
        pipeline.Advance(9 * Minute);
        _source = (_, _) => ValueTask.FromResult("new");

        Assert.Equal("value of a", await pipeline.Pipeline.SendAsync("a"));

        await pipeline.AssertIdleAsync();
        Assert.Equal("new", await pipeline.Pipeline.SendAsync("a"));
        Assert.Equal((2, 1L), (Loads, pipeline.Pipeline.Describe().Cache!.Refreshes));
    }

    [Fact]
    public async Task If_nothing_fresh_can_be_had_the_stale_answer_does_for_a_while()
    {
        var pipeline = Start();
        await pipeline.Pipeline.SendAsync("a");
        pipeline.Advance(15 * Minute);
        _source = (_, _) => throw new InvalidDataException("down");

        Assert.Equal("value of a", await pipeline.Pipeline.SendAsync("a"));
        Assert.Equal("value of a", (await pipeline.Pipeline.TrySendAsync("a")).Value);
        Assert.Equal(2, Loads);

        pipeline.Advance(16 * Minute);
        await Assert.ThrowsAsync<InvalidDataException>(() => pipeline.Pipeline.SendAsync("a").AsTask());
    }

    [Fact]
    public async Task Who_waits_longer_than_the_soft_timeout_gets_the_stale_answer_and_the_load_goes_on()
    {
        var pipeline = Start(options => options.Cache.Stale.SoftTimeout = TimeSpan.FromSeconds(1));
        await pipeline.Pipeline.SendAsync("a");
        pipeline.Advance(15 * Minute);
        var slow = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _source = (_, _) => new ValueTask<string>(slow.Task);
        var asking = pipeline.Pipeline.TrySendAsync("a").AsTask();
        await pipeline.UntilAsync(() => Loads == 2, "the load");
        Assert.False(asking.IsCompleted);

        pipeline.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("value of a", (await asking).Value);
        slow.SetResult("new");
        await pipeline.AssertIdleAsync();

        Assert.Equal("new", await pipeline.Pipeline.SendAsync("a"));
    }

    [Fact]
    public async Task With_a_soft_timeout_a_caller_can_still_cancel()
    {
        var pipeline = Start(options => options.Cache.Stale.SoftTimeout = TimeSpan.FromSeconds(1));
        await pipeline.Pipeline.SendAsync("a");
        pipeline.Advance(15 * Minute);
        var token = CancellationToken.None;
        var slow = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _source = (_, context) =>
        {
            token = context.CancellationToken;
            return new ValueTask<string>(slow.Task);
        };
        using var cancellation = new CancellationTokenSource();
        var asking = pipeline.Pipeline.TrySendAsync("a", cancellation.Token).AsTask();
        await pipeline.UntilAsync(() => Loads == 2, "the load");

        await cancellation.CancelAsync();

        Assert.Equal(RefusalReason.Cancelled, (await asking).Reason);
        await pipeline.UntilAsync(() => token.IsCancellationRequested, "the handler to be told");
        slow.SetResult("late");
    }

    [Fact]
    public async Task The_handler_may_ask_whether_the_answer_has_changed()
    {
        var pipeline = Start();
        await pipeline.Pipeline.SendAsync("a");
        pipeline.Advance(15 * Minute);
        string? seen = null;
        _source = (_, context) => ValueTask.FromResult(context.TryGetPrevious(out seen) ? seen : "none");

        Assert.Equal("value of a", await pipeline.Pipeline.SendAsync("a"));
        Assert.Equal("value of a", seen);
        pipeline.Advance(7 * Minute);
        await pipeline.Pipeline.SendAsync("a");
        Assert.Equal(2, Loads);
    }

    [Fact]
    public async Task Warming_loads_what_is_missing_and_reports_what_failed()
    {
        var pipeline = Start();
        await pipeline.Pipeline.SendAsync("k1");
        _source = (id, _) => id == "k2" ? throw new InvalidDataException(id) : ValueTask.FromResult(id);

        var report = await pipeline.Pipeline.Cache!.WarmAsync(["k0", "k1", "k2", "k3"]);

        Assert.Equal((2, 1, 1), (report.Total.Loaded, report.Total.Known, report.Total.Failed));
        Assert.Equal("k2", Assert.Single(report.Failures).Item);
        Assert.Equal("k3", await pipeline.Pipeline.SendAsync("k3"));
        Assert.Equal(4, Loads);
    }

    [Fact]
    public async Task Warming_takes_a_source_of_the_users()
    {
        var pipeline = Start();
        var materializer = Akka.Streams.ActorMaterializer.Create(pipeline.System);

        var report = await pipeline.Pipeline.Cache!.WarmAsync(Akka.Streams.Dsl.Source.From(Enumerable.Range(0, 100).Select(i => "k" + i)), materializer);

        Assert.Equal(100, report.Total.Loaded);
        materializer.Shutdown();
    }

    [Fact]
    public async Task Preloading_asks_the_source_whatever_is_known()
    {
        var pipeline = Start();
        await pipeline.Pipeline.SendAsync("a");
        _source = (_, _) => ValueTask.FromResult("new");

        await pipeline.Pipeline.Cache!.PreloadAsync("a");

        Assert.Equal("new", await pipeline.Pipeline.SendAsync("a"));
        Assert.Equal(2, Loads);
    }

    [Fact]
    public async Task A_preloading_that_fails_says_so_and_leaves_what_is_known()
    {
        var pipeline = Start();
        await pipeline.Pipeline.SendAsync("a");
        _source = (_, _) => throw new InvalidDataException("down");

        await Assert.ThrowsAsync<InvalidDataException>(() => pipeline.Pipeline.Cache!.PreloadAsync("a").AsTask());

        Assert.Equal("value of a", await pipeline.Pipeline.SendAsync("a"));
    }

    [Fact]
    public async Task What_was_hot_is_warm_after_a_restart()
    {
        var first = Start(options => options.Cache.Warming.HotKeys = 10);
        await first.Pipeline.SendAsync("hot");
        await first.Pipeline.DrainAsync();

        var second = Start(options => options.Cache.Warming.HotKeys = 10);

        await second.UntilAsync(() => second.Core.Cache!.First.Count == 1, "the hot key to be warm");
        Assert.Equal("value of hot", await second.Pipeline.SendAsync("hot"));
        Assert.Equal(1, Loads);
    }

    [Fact]
    public async Task Cancelled_callers_leave_no_look_up_behind()
    {
        var pipeline = Start();
        for (var i = 0; i < 200; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var asking = pipeline.Pipeline.TrySendAsync("k" + i, cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            var outcome = await asking;
            Assert.True(outcome.IsSuccess || outcome.Reason == RefusalReason.Cancelled);
        }

        await pipeline.AssertIdleAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_failed_is_let_alone_for_a_while_if_that_is_configured(bool hasSecond)
    {
        var pipeline = Start(options => options.Cache.Life.FailurePause = TimeSpan.FromSeconds(10), hasSecond);
        _source = (_, _) => throw new InvalidDataException("down");
        await Assert.ThrowsAsync<InvalidDataException>(() => pipeline.Pipeline.SendAsync("a").AsTask());

        var told = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => pipeline.Pipeline.TrySendAsync("a").AsTask()));

        Assert.Equal(1, Loads);
        Assert.Equal(20, told.Select(one => Assert.IsType<LoadPausedException>(one.Exception)).Distinct().Count());
        Assert.All(told, one => Assert.IsType<InvalidDataException>(one.Exception!.InnerException));
        await Assert.ThrowsAsync<LoadPausedException>(() => pipeline.Pipeline.SendAsync("a").AsTask());
        await pipeline.AssertIdleAsync();

        pipeline.Advance(TimeSpan.FromSeconds(13));
        _source = (_, _) => ValueTask.FromResult("back");
        Assert.Equal("back", await pipeline.Pipeline.SendAsync("a"));
        Assert.Equal(2, Loads);
    }

    [Fact]
    public async Task A_removal_or_a_preloading_ends_the_pause()
    {
        var pipeline = Start(options => options.Cache.Life.FailurePause = TimeSpan.FromSeconds(10));
        _source = (_, _) => throw new InvalidDataException("down");
        await Assert.ThrowsAsync<InvalidDataException>(() => pipeline.Pipeline.SendAsync("a").AsTask());

        await pipeline.Pipeline.Cache!.RemoveAsync("a");
        await Assert.ThrowsAsync<InvalidDataException>(() => pipeline.Pipeline.SendAsync("a").AsTask());

        _source = (_, _) => ValueTask.FromResult("back");
        await pipeline.Pipeline.Cache!.PreloadAsync("a");
        Assert.Equal("back", await pipeline.Pipeline.SendAsync("a"));
    }

    [Fact]
    public async Task What_its_policy_says_of_an_answer_holds_where_it_is_found()
    {
        var (first, second) = (Start(policy: new SlidingPolicy()), Start(policy: new SlidingPolicy()));
        await first.Pipeline.SendAsync("a");
        await first.Core.Cache!.FlushAsync();
        await second.Pipeline.SendAsync("a");
        second.Advance(Minute / 2);
        Assert.Equal(1, second.Core.Cache!.First.Count);

        second.Advance(Minute);

        Assert.Null(second.Core.Cache!.First.Peek("a", second.Time.GetTimestamp()));
    }

    private TestPipeline<string, string> Start(Action<AkkaPerf.Pipeline.PipelineOptions>? configure = null, bool hasSecond = true, ICachingPolicy<string, string>? policy = null)
    {
        var pipeline = TestPipeline.Start<string, string>(
            builder => (hasSecond ? builder.UseDistributed(_store) : builder)
                .Configure(options =>
                {
                    options.Cache.Ttl = 10 * Minute;
                    options.Cache.Refresh.Eager = 0.8;
                    options.Cache.Stale.IfError = 20 * Minute;
                    configure?.Invoke(options);
                })
                .CacheWith(policy ?? new TaggedPolicy())
                .HandleExchange((id, context) =>
                {
                    Interlocked.Increment(ref _loads);
                    return _source(id, context);
                }),
            options => options.Fuzzing = _mode == IslandMode.Fuzzed);
        _pipelines.Add(pipeline);
        return pipeline;
    }

    private class TaggedPolicy : ICachingPolicy<string, string>
    {
        public string? KeyOf(string request) => request;

        public virtual CachingVerdict Judge(string request, string response) => CachingVerdict.Keep(new CacheEntryOptions { Bytes = response.Length }, ["letter:" + request[0]]);
    }

    private sealed class SlidingPolicy : TaggedPolicy
    {
        public override CachingVerdict Judge(string request, string response) => CachingVerdict.Keep(new CacheEntryOptions { Sliding = Minute });
    }

    public sealed class Plain() : TwoLevelPipelineTests(IslandMode.Plain);

    public sealed class Fuzzed() : TwoLevelPipelineTests(IslandMode.Fuzzed);
}
