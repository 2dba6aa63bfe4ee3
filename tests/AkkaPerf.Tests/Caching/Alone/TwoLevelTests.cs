using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class TwoLevelTests : IAsyncDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly CacheRig _rig = new(options => (options.Ttl, options.Stale.IfError) = (10 * Minute, 10 * Minute), hasSecond: true);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task What_one_process_loads_the_other_finds_and_keeps_for_the_rest_of_its_life()
    {
        await _rig.GetAsync();
        await _rig.Cache.Engine.Levels.FlushAsync();
        var other = _rig.New();
        await _rig.AdvanceAsync(4 * Minute);

        Assert.Equal("value of k", await _rig.GetAsync(other, "k"));
        Assert.Equal((1, 1), (_rig.Loads, other.Statistics.DistributedHits));

        await _rig.AdvanceAsync((6 * Minute) - TimeSpan.FromSeconds(1));
        Assert.True(other.TryGet("k", out _));
        await _rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.False(other.TryGet("k", out _));
    }

    [Fact]
    public async Task A_removed_key_is_gone_from_the_second_level_too()
    {
        await _rig.GetAsync();
        await _rig.Cache.RemoveAsync("k");

        await _rig.GetAsync(_rig.New(), "k");

        Assert.Equal(2, _rig.Loads);
    }

    [Fact]
    public async Task A_removal_is_not_overtaken_by_an_older_write()
    {
        for (var i = 0; i < 200; i++)
        {
            await _rig.GetAsync("k" + i);
            await _rig.Cache.RemoveAsync("k" + i);
            Assert.False((await _rig.New().GetAsync("k" + i)).HasValue);
        }
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("prefix")]
    [InlineData("all")]
    public async Task What_is_invalid_in_one_process_is_invalid_in_the_other_after_two_intervals(string by)
    {
        var other = _rig.New();
        await _rig.GetAsync(_rig.Cache, "key", tags: "t");
        await _rig.Cache.Engine.Levels.FlushAsync();
        await _rig.AdvanceAsync(Minute);
        Assert.Equal("value of key", await _rig.GetAsync(other, "key", tags: "t"));
        Assert.Equal(1, _rig.Loads);

        await (by switch
        {
            "tag" => _rig.Cache.RemoveByTagAsync("t"),
            "prefix" => _rig.Cache.RemoveByPrefixAsync("ke"),
            _ => _rig.Cache.ClearAsync(),
        });
        await _rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        await _rig.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.False(other.TryGet("key", out _));
        await _rig.GetAsync(other, "key", tags: "t");
        Assert.Equal(2, _rig.Loads);
        Assert.Equal("value of key", await _rig.GetAsync(other, "key", tags: "t"));
        Assert.Equal(2, _rig.Loads);
    }

    [Fact]
    public async Task A_process_that_knows_nothing_of_a_tag_learns_when_it_was_removed()
    {
        await _rig.GetAsync(_rig.Cache, "key", tags: "t");
        await _rig.Cache.Engine.Levels.FlushAsync();
        await _rig.AdvanceAsync(Minute);
        await _rig.Cache.RemoveByTagAsync("t");

        Assert.False((await _rig.New().GetAsync("key")).HasValue);
    }

    [Fact]
    public async Task What_was_hot_is_warm_after_a_restart()
    {
        _rig.Cache.Engine.Levels.First.Clear();
        await using var first = Create(_rig);
        for (var i = 0; i < 10; i++)
        {
            await _rig.GetAsync(first, "hot");
        }

        await _rig.GetAsync(first, "cold");
        await first.DisposeAsync();

        await using var second = Create(_rig);
        await second.Warmed;

        Assert.True(second.TryGet("hot", out _));
        Assert.False(second.TryGet("cold", out _));
        Assert.Equal(2, _rig.Loads);

        static AkkaPerfCache<string, string> Create(CacheRig rig) => AkkaPerfCache.Create<string, string>(
            "hot", builder => builder.UseTime(rig.Time).UseDistributed(rig.Store!).LoadWith(rig.LoadAsync).Configure(options => options.Warming.HotKeys = 1));
    }

    [Fact]
    public async Task Keys_without_a_text_of_their_own_want_one()
    {
        var missing = Assert.Throws<InvalidOperationException>(() => AkkaPerfCache.Create<(int, int), string>("pairs", builder => builder.UseDistributed(_rig.Store!)));
        Assert.Contains("TextBy", missing.Message);

        await using var cache = AkkaPerfCache.Create<(int A, int B), string>("pairs", builder => builder.UseDistributed(_rig.Store!).TextBy(key => $"{key.A}/{key.B}"));
        await cache.SetAsync((1, 2), "v");
        Assert.True(cache.TryGet((1, 2), out _));
    }

    [Fact]
    public void Options_out_of_range_are_all_named()
    {
        var faults = Assert.Throws<ArgumentException>(() => AkkaPerfCache.Create<string, string>("bad", builder => builder.Configure(options =>
        {
            options.L1.Capacity = 0;
            options.Life.Jitter = 2;
        })));

        Assert.Contains("CacheOptions.L1.Capacity is 0", faults.Message);
        Assert.Contains("CacheOptions.Life.Jitter is 2", faults.Message);
    }

    [Fact]
    public async Task With_the_second_level_down_everything_goes_on_from_the_first_and_the_source()
    {
        var store = new FallibleStore(_rig.Store!);
        await using var cache = AkkaPerfCache.Create<string, string>("down", builder => builder.UseTime(_rig.Time).UseDistributed(store));
        await _rig.GetAsync(cache, "known", tags: "t");
        await cache.Engine.Levels.FlushAsync();
        store.IsDown = true;
        _rig.Time.Advance(TimeSpan.FromSeconds(5));
        await cache.Engine.Levels.LastPoll;

        Assert.Equal("value of known", await _rig.GetAsync(cache, "known", tags: "t"));
        Assert.Equal("value of other", await _rig.GetAsync(cache, "other", tags: "t"));
        Assert.Equal(2, _rig.Loads);
        await cache.RemoveByTagAsync("t");
        Assert.False(cache.TryGet("known", out _));
        Assert.False(cache.Statistics.Distributed!.IsCurrent);

        // What was removed meanwhile is told once it is back.
        store.IsDown = false;
        for (var i = 0; i < 120 && !cache.Statistics.Distributed.IsCurrent; i++)
        {
            _rig.Time.Advance(TimeSpan.FromSeconds(1));
            await cache.Engine.Levels.LastPoll;
        }

        await using var other = AkkaPerfCache.Create<string, string>("down", builder => builder.UseTime(_rig.Time).UseDistributed(store));
        Assert.False((await other.GetAsync("known")).HasValue);
    }

    [Fact]
    public async Task A_hit_asks_the_second_level_nothing()
    {
        var store = new FallibleStore(_rig.Store!);
        await using var cache = AkkaPerfCache.Create<string, string>("hits", builder => builder.UseTime(_rig.Time).UseDistributed(store));
        await _rig.GetAsync(cache, "k", tags: ["a", "b", "c"]);
        await cache.Engine.Levels.FlushAsync();
        var calls = store.Calls;

        for (var i = 0; i < 100; i++)
        {
            await _rig.GetAsync(cache, "k", tags: ["a", "b", "c"]);
        }

        Assert.Equal(calls, store.Calls);
    }

    [Fact]
    public async Task Many_keys_leave_nothing_behind_but_what_the_first_level_may_hold()
    {
        await using var cache = AkkaPerfCache.Create<int, string>("many", builder => builder.Configure(options => options.L1.Capacity = 1_000));
        for (var i = 0; i < 1_000_000; i++)
        {
            await cache.GetOrAddAsync(i, static (_, _) => ValueTask.FromResult("v"));
        }

        Assert.InRange(cache.Statistics.Entries, 1, 1_000);
        Assert.Equal((0, 0, 0), (cache.Engine.Flights.Count, cache.Engine.Flights.Joiners, cache.Engine.Levels.Table.Tags));
    }
}
