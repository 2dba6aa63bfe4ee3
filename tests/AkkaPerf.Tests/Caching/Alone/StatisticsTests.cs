using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class StatisticsTests : IAsyncDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly CacheRig _rig = new(options => (options.Ttl, options.L1.Capacity) = (10 * Minute, 100));

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task LoadTime_is_that_of_all_loads_together()
    {
        _rig.Source = (key, _) =>
        {
            _rig.Time.Advance(key == "slow" ? TimeSpan.FromSeconds(7) : TimeSpan.FromSeconds(2));
            return ValueTask.FromResult(key);
        };

        await _rig.GetAsync("slow");
        await _rig.GetAsync("fast");
        await _rig.GetAsync("fast");

        Assert.Equal((2, TimeSpan.FromSeconds(9)), (_rig.Cache.Statistics.Loads, _rig.Cache.Statistics.LoadTime));
    }

    [Fact]
    public async Task LoadTime_ends_when_a_load_ends_and_counts_it_once_for_all_who_wait()
    {
        var load = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source = (_, _) => new ValueTask<string>(load.Task);
        var asking = Enumerable.Range(0, 3).Select(_ => _rig.GetAsync().AsTask()).ToList();
        _rig.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((TimeSpan.Zero, 1), (_rig.Cache.Statistics.LoadTime, _rig.Cache.Statistics.InFlight));

        load.SetResult("v");
        await Task.WhenAll(asking);

        Assert.Equal((TimeSpan.FromSeconds(5), 1, 2), (_rig.Cache.Statistics.LoadTime, _rig.Cache.Statistics.Loads, _rig.Cache.Statistics.Joined));
    }

    [Fact]
    public async Task LoadFailures_are_loads_too_and_take_time()
    {
        _rig.Source = (_, _) =>
        {
            _rig.Time.Advance(TimeSpan.FromSeconds(3));
            throw new InvalidDataException();
        };

        await Assert.ThrowsAsync<InvalidDataException>(() => _rig.GetAsync().AsTask());
        await Assert.ThrowsAsync<InvalidDataException>(() => _rig.GetAsync().AsTask());

        var statistics = _rig.Cache.Statistics;
        Assert.Equal((2, 2, TimeSpan.FromSeconds(6)), (statistics.Loads, statistics.LoadFailures, statistics.LoadTime));
        Assert.Equal((2, 0, 0), (statistics.LocalMisses, statistics.LocalHits, statistics.Entries));
    }

    [Fact]
    public async Task EvictedByCapacity_are_those_beyond_the_capacity()
    {
        for (var i = 0; i < 250; i++)
        {
            await _rig.GetAsync("k" + i);
        }

        var statistics = _rig.Cache.Statistics;
        Assert.Equal((100, 150, 0, 0), (statistics.Entries, statistics.EvictedByCapacity, statistics.EvictedByWeight, statistics.Expired));
    }

    [Fact]
    public async Task EvictedByWeight_are_those_that_weigh_too_much_together()
    {
        await using var cache = AkkaPerfCache.Create<string, string>("heavy", builder => builder.Configure(options => options.L1.MaxBytes = 100_000));
        for (var i = 0; i < 20; i++)
        {
            await cache.SetAsync("k" + i, "v", new CacheEntryOptions { Bytes = 20_000 });
        }

        var statistics = cache.Statistics;
        Assert.InRange(statistics.Bytes, 1, 100_000);
        Assert.Equal((20 - statistics.Entries, 0), (statistics.EvictedByWeight, statistics.EvictedByCapacity));
        Assert.InRange(statistics.Entries, 1, 4);
    }

    [Fact]
    public async Task Expired_are_those_whose_life_is_over()
    {
        for (var i = 0; i < 10; i++)
        {
            await _rig.GetAsync("k" + i);
        }

        _rig.Time.Advance(10 * Minute);
        Assert.Equal(0, Enumerable.Range(0, 10).Count(i => _rig.Cache.TryGet("k" + i, out _)));

        var statistics = _rig.Cache.Statistics;
        Assert.Equal((10, 0, 0), (statistics.Expired, statistics.Entries, statistics.EvictedByCapacity));
    }

    [Fact]
    public async Task Removed_and_replaced_entries_have_neither_expired_nor_been_evicted()
    {
        await _rig.Cache.SetAsync("k", "v");
        await _rig.Cache.SetAsync("k", "w");
        await _rig.Cache.RemoveAsync("k");
        await _rig.Cache.SetAsync("k", "v", options: null, ["t"]);
        await _rig.Cache.RemoveByTagAsync("t");
        Assert.False(_rig.Cache.TryGet("k", out _));

        var statistics = _rig.Cache.Statistics;
        Assert.Equal((0, 0, 0, 1), (statistics.Expired, statistics.EvictedByCapacity, statistics.EvictedByWeight, statistics.Invalidated));
    }

    [Fact]
    public void Without_a_second_level_there_is_nothing_to_say_of_it() => Assert.Null(_rig.Cache.Statistics.Distributed);

    [Fact]
    public async Task Distributed_counts_what_the_second_level_did()
    {
        await using var rig = new CacheRig(hasSecond: true);
        await rig.Cache.SetAsync("k", "v");
        var other = rig.New();
        await rig.GetAsync(other, "k");
        await other.GetAsync("unknown");

        var (first, second) = (rig.Cache.Statistics.Distributed!, other.Statistics.Distributed!);
        Assert.Equal((1, 0, 0), (first.Writes, first.Hits, first.Errors));
        Assert.Equal((0, 1, 1), (second.Writes, second.Hits, second.Misses));
        Assert.Equal(first.BytesOut, second.BytesIn);
        Assert.Equal((true, true, true, true), (first.IsUp, first.IsCurrent, second.IsUp, second.IsCurrent));
    }

    [Fact]
    public async Task Distributed_counts_the_errors_of_a_store_that_throws()
    {
        await using var rig = new CacheRig(hasSecond: true);
        var store = new FallibleStore(rig.Store!) { IsDown = true };
        await using var cache = AkkaPerfCache.Create<string, string>("errors", builder => builder
            .UseTime(rig.Time)
            .UseDistributed(store)
            .Configure(options => options.L2.Breaker.Failures = 3));

        await cache.GetAsync("a");
        Assert.Equal((1, true), (cache.Statistics.Distributed!.Errors, cache.Statistics.Distributed.IsUp));
        await cache.GetAsync("b");
        await cache.GetAsync("c");
        Assert.Equal((3, 3, false), (cache.Statistics.Distributed.Errors, store.Calls, cache.Statistics.Distributed.IsUp));

        // Left alone: what is asked now costs the store no call, and is no error of its.
        await cache.GetAsync("d");
        await cache.SetAsync("e", "v");

        var distributed = cache.Statistics.Distributed;
        Assert.Equal((3, 3), (distributed.Errors, store.Calls));
        Assert.Equal((4, 0, 1), (distributed.Unavailable, distributed.Misses, distributed.Waiting));
        Assert.True(cache.TryGet("e", out _));
    }
}
