using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching;

public sealed class LocalCacheTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly L1Options _options = new() { Capacity = 3 };
    private LocalCache<string>? _cache;

    private LocalCache<string> Cache => _cache ??= new LocalCache<string>(_options, _time);

    public void Dispose() => _cache?.Dispose();

    [Fact]
    public void Finds_what_was_set_and_nothing_else()
    {
        Set("a");

        Assert.Equal("a", Find("a"));
        Assert.Null(Find("b"));
    }

    [Fact]
    public void Never_holds_more_entries_than_it_may_and_never_refuses_the_new_one()
    {
        for (var i = 0; i < 100; i++)
        {
            Set($"k{i}");
            Assert.Equal($"k{i}", Cache.Find($"k{i}", _time.GetTimestamp()) is CacheEntry<string> entry ? entry.Value : null);
            Assert.True(Cache.Count <= 3);
        }

        Assert.Equal((3, 97), (Cache.Count, Cache.Evicted));
    }

    [Fact]
    public void Never_holds_more_bytes_than_it_may()
    {
        _options.Capacity = 1_000;
        _options.MaxBytes = 10_000;
        for (var i = 0; i < 100; i++)
        {
            Set($"k{i}", bytes: 100 * (i % 20));
            Assert.NotNull(Find($"k{i}"));
            Assert.True(Cache.Bytes <= 10_000);
        }
    }

    [Fact]
    public void What_is_larger_than_all_is_not_kept_and_costs_nobody_his_place()
    {
        _options.MaxBytes = 2_000;
        Set("a");
        Set("b");

        Set("a", bytes: 5_000);

        // The old value of the same key is no longer true.
        Assert.Null(Find("a"));
        Assert.NotNull(Find("b"));
        Assert.Equal(1, Cache.Count);
    }

    [Fact]
    public void Who_was_asked_for_more_often_stays_and_the_newest_always_comes_in()
    {
        Set("a");
        Set("b");
        Set("c");
        Find("a");

        // c must leave the window for d, and was asked for no more often than b.
        Set("d");

        Assert.Equal(("a", "b", null, "d"), (Find("a"), Find("b"), Find("c"), Find("d")));
    }

    [Fact]
    public void Who_leaves_the_window_takes_the_place_of_one_asked_for_less()
    {
        Set("a");
        Set("b");
        Set("c");
        Find("a");
        Find("c");

        // c was asked for once more than b, who is next to leave the main part: a is protected.
        Set("d");

        Assert.Equal(("a", null, "c", "d"), (Find("a"), Find("b"), Find("c"), Find("d")));
    }

    [Fact]
    public void What_was_asked_for_all_the_time_gives_way_when_everything_was()
    {
        foreach (var key in new[] { "a", "b", "c" })
        {
            Set(key);
            Find(key);
        }

        Set("d");

        Assert.Null(Find("c"));
        Assert.Equal(3, Cache.Count);
    }

    [Fact]
    public void An_entry_lives_until_its_end_and_not_a_tick_longer()
    {
        Set("a", life: TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.NotNull(Find("a"));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(Find("a"));

        Assert.Equal((0, 0, 1, 0), (Cache.Count, Cache.Bytes, Cache.Expired, Cache.Evicted));
    }

    [Fact]
    public void What_has_expired_goes_first_even_if_it_was_asked_for()
    {
        Set("a");
        Set("b", life: TimeSpan.FromSeconds(1));
        Set("c");
        Find("a");
        Find("b");
        Find("c");
        _time.Advance(TimeSpan.FromSeconds(2));

        Set("d");

        Assert.Equal(("a", null, "c", "d"), (Find("a"), Find("b"), Find("c"), Find("d")));
        Assert.Equal((1, 0), (Cache.Expired, Cache.Evicted));
    }

    [Fact]
    public void A_new_value_takes_the_place_and_the_bytes_of_the_old_one()
    {
        Set("a", bytes: 1_000);
        var before = Cache.Bytes;

        Cache.Set("a", new CacheEntry<string>("new", EntryLife.Endless, 500));

        Assert.Equal("new", Find("a"));
        Assert.Equal((1, before - 500), (Cache.Count, Cache.Bytes));
    }

    [Fact]
    public void What_was_removed_is_gone()
    {
        Set("a");

        Assert.True(Cache.Remove("a"));
        Assert.False(Cache.Remove("a"));

        Assert.Null(Find("a"));
        Assert.Equal((0, 0), (Cache.Count, Cache.Bytes));
    }

    [Fact]
    public async Task Among_threads_its_figures_stay_those_of_its_entries()
    {
        const int Keys = 200;
        _options.Capacity = 50;
        _options.MaxBytes = 40_000;
        var cache = Cache;
        var values = new string[Keys];
        for (var i = 0; i < Keys; i++)
        {
            values[i] = $"k{i}";
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 20_000; i++)
            {
                var key = values[random.Next(Keys)];
                switch (random.Next(10))
                {
                    case 0:
                        cache.Remove(key);
                        break;
                    case < 4:
                        cache.Set(key, new CacheEntry<string>(key, EntryLife.Until(random.Next(20) == 0 ? 0 : long.MaxValue), random.Next(2_000)));
                        break;
                    default:
                        // Whatever is found under a key belongs to it.
                        Assert.True(cache.Find(key, _time.GetTimestamp()) is not CacheEntry<string> found || found.Value == key);
                        break;
                }
            }
        })));

        Assert.InRange(cache.Count, 0, 50);
        Assert.InRange(cache.Bytes, 0, 40_000);

        // Every entry that is counted can be removed by its key, and then nothing is left.
        var removed = values.Count(cache.Remove);
        Assert.Equal((0, 0), (cache.Count, cache.Bytes));
        Assert.InRange(removed, 1, 50);
    }

    private void Set(string key, long bytes = 10, TimeSpan? life = null) => Cache.Set(key, new CacheEntry<string>(
        key, EntryLife.Until(life is { } known ? _time.GetTimestamp() + known.Ticks : long.MaxValue), bytes));

    private string? Find(string key) => (Cache.Find(key, _time.GetTimestamp()) as CacheEntry<string>)?.Value;
}
