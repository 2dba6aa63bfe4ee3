using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Local;

/// <summary>What holds with either store; each store's class runs it.</summary>
public abstract class LocalCacheTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly L1Options _options;
    private LocalCache<string>? _cache;

    protected LocalCacheTests(L1Store store) => _options = new L1Options { Capacity = 3, Store = store };

    private LocalCache<string> Cache => _cache ??= new LocalCache<string>(_options, _time, random: new Random(1));

    public void Dispose()
    {
        _cache?.Dispose();
        GC.SuppressFinalize(this);
    }

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
        Cache.Entries.Policy.ShrinkWindow();
        Set("a");
        Set("b");
        Set("c");
        Find("a");

        // c must leave the window for d, and was asked for no more often than b.
        Set("d");

        Assert.Equal(("a", "b", null, "d"), (Find("a"), Find("b"), Find("c"), Find("d")));
    }

    [Fact]
    public void Who_was_asked_for_the_longest_ago_leaves_before_anything_is_known()
    {
        Set("a");
        Set("b");
        Set("c");
        Find("a");

        Set("d");

        Assert.Equal(("a", null, "c", "d"), (Find("a"), Find("b"), Find("c"), Find("d")));
    }

    [Fact]
    public void Who_leaves_the_window_takes_the_place_of_one_asked_for_less()
    {
        Cache.Entries.Policy.ShrinkWindow();
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

        Assert.NotNull(Find("d"));
        Assert.Equal((3, 1), (Cache.Count, Cache.Evicted));
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

    [Theory]
    [InlineData(long.MaxValue, false)]
    [InlineData(-1, true)]
    public void An_absurd_size_does_no_harm(long bytes, bool isKept)
    {
        Set("a", bytes);

        Assert.Equal(isKept, Find("a") is not null);
        Integrity.Check(Cache);
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
    public void A_sliding_life_goes_on_with_every_hit_until_its_absolute_end()
    {
        var second = TimeSpan.FromSeconds(1);
        Cache.Set("a", new CacheEntry<string>("a", EntryLife.Until(_time.GetTimestamp() + (3 * second.Ticks)), 10) { Sliding = second.Ticks });

        for (var i = 0; i < 4; i++)
        {
            _time.Advance(second * 0.7);
            Assert.NotNull(Find("a"));
        }

        _time.Advance(second * 0.3);
        Assert.Null(Find("a"));
        Assert.Equal((0, 1), (Cache.Count, Cache.Expired));
    }

    [Fact]
    public void A_sliding_life_ends_to_the_tick_and_a_peek_does_not_prolong_it()
    {
        var second = TimeSpan.FromSeconds(1);
        Cache.Set("a", new CacheEntry<string>("a", EntryLife.Endless, 10) { Sliding = second.Ticks });

        _time.Advance(second - TimeSpan.FromTicks(1));
        Assert.NotNull(Cache.Peek("a", _time.GetTimestamp()));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(Cache.Peek("a", _time.GetTimestamp()));
        Assert.Null(Find("a"));
    }

    [Fact]
    public void What_has_expired_goes_without_being_asked_for()
    {
        _options.Capacity = 1_000;
        var lives = new[] { 0.01, 1, 60, 3_600, 86_400, 86_400 * 30, 86_400 * 400 };
        for (var i = 0; i < 700; i++)
        {
            Set($"k{i}", life: TimeSpan.FromSeconds(lives[i % 7] * (1 + (i / 100.0))));
        }

        Assert.Equal(700, Cache.Count);
        for (var i = 0; i < 7; i++)
        {
            // Past the longest life of this length, with the wheel's tick.
            _time.Advance(TimeSpan.FromSeconds(lives[i] * 8) + TimeSpan.FromMilliseconds(200));
            Set("other");
            Assert.Equal(600 - (i * 100) + 1, Cache.Count);
        }

        Assert.Equal((700, 0), (Cache.Expired, Cache.Evicted));
        Integrity.Check(Cache);
    }

    [Fact]
    public void What_has_expired_already_is_not_kept_and_takes_the_older_one_away()
    {
        Set("a");

        Set("a", life: TimeSpan.Zero);

        Assert.Null(Find("a"));
        Assert.Equal(0, Cache.Count);
    }

    [Fact]
    public void Is_removed_only_if_it_is_still_the_one()
    {
        Set("a");
        var first = Cache.Peek("a", _time.GetTimestamp())!;
        Set("a");

        Assert.False(Cache.Remove("a", first));
        Assert.True(Cache.Remove("a", Cache.Peek("a", _time.GetTimestamp())!));
        Assert.False(Cache.Remove("a", first));
        Assert.Equal(0, Cache.Count);
    }

    [Fact]
    public void Is_found_by_its_characters_too()
    {
        Set("abc");
        Set("");

        Assert.NotNull(Cache.Find("xabcx".AsSpan(1, 3), _time.GetTimestamp()));
        Assert.NotNull(Cache.Find([], _time.GetTimestamp()));
        Assert.Null(Cache.Find("abcd", _time.GetTimestamp()));
        Assert.Null(Cache.Find("ab", _time.GetTimestamp()));
    }

    [Fact]
    public void Knows_keys_by_the_comparer_that_it_was_given()
    {
        using var cache = new LocalCache<string>(_options, _time, StringComparer.OrdinalIgnoreCase);
        cache.Set("Key", new CacheEntry<string>("value", EntryLife.Endless, 1));

        Assert.NotNull(cache.Find("kEY", 0));
        Assert.NotNull(cache.Find("kEY".AsSpan(), 0));
        Assert.True(cache.Remove("KEY"));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void Keys_take_their_share_of_the_room()
    {
        Set("short");
        var before = Cache.Bytes;
        Set(new string('k', 100));
        var small = Cache.Bytes - before;
        Set(new string('k', 100 + 1000));
        Assert.Equal(small + 2000, Cache.Bytes - before - small);
    }

    [Fact]
    public void Knows_keys_that_are_no_strings()
    {
        using var cache = new LocalCache<(int, string)>(_options, _time);
        cache.Set((1, "a"), new CacheEntry<string>("value", EntryLife.Endless, 1));

        Assert.NotNull(cache.Find((1, "a"), 0));
        Assert.Null(cache.Find((2, "a"), 0));
    }

    [Fact]
    public void Forgets_everything_and_begins_anew()
    {
        _options.Capacity = 100;
        for (var i = 0; i < 200; i++)
        {
            Set($"k{i}", life: i % 2 == 0 ? TimeSpan.FromHours(1) : null);
        }

        Cache.Clear();

        Assert.Equal((0, 0), (Cache.Count, Cache.Bytes));
        Assert.Null(Find("k199"));
        Set("k199");
        Assert.NotNull(Find("k199"));
        Integrity.Check(Cache);
    }

    [Fact]
    public void Forgets_what_a_predicate_names()
    {
        _options.Capacity = 100;
        for (var i = 0; i < 100; i++)
        {
            Set($"k{i}");
        }

        Assert.Equal(10, Cache.RemoveWhere((key, entry) => key.EndsWith('7') && entry is CacheEntry<string>));
        Assert.Null(Find("k17"));
        Assert.Equal(90, Cache.Count);
    }

    [Fact]
    public void Names_the_hottest_first()
    {
        _options.Capacity = 100;
        for (var i = 0; i < 100; i++)
        {
            Set($"k{i}");
        }

        for (var i = 0; i < 12; i++)
        {
            for (var times = 0; times < i; times++)
            {
                Find($"k{i}");
            }
        }

        Assert.Equal([new KeyHits<string>("k11", 11), new("k10", 10), new("k9", 9)], Cache.Hottest(3));
        Assert.Equal(100, Cache.Hottest(1_000).Count);
        Assert.Empty(Cache.Hottest(0));
    }

    [Fact]
    public void Tells_evictions_for_want_of_places_from_those_for_want_of_bytes()
    {
        Set("a");
        Set("b");
        Set("c");
        Set("d");
        Assert.Equal((1, 0), (Cache.EvictedByCapacity, Cache.EvictedByWeight));

        Cache.Dispose();
        _options.MaxBytes = 10_000;
        _cache = null;
        Set("a", bytes: 5_000);
        Set("b", bytes: 6_000);
        Assert.Equal((0, 1), (Cache.EvictedByCapacity, Cache.EvictedByWeight));
        Assert.NotNull(Find("b"));
    }

    [Fact]
    public void One_that_grows_where_it_stands_drives_others_out_and_not_itself()
    {
        _options.MaxBytes = 3_000;
        Set("a");
        Set("b");
        Set("c");

        Set("a", bytes: 2_400);

        Assert.NotNull(Find("a"));
        Assert.InRange(Cache.Bytes, 2_400, 3_000);
        Integrity.Check(Cache);
    }

    [Fact]
    public void A_large_one_must_beat_all_the_small_ones_that_would_leave_for_it()
    {
        _options.Capacity = 1_000;
        _options.MaxBytes = 100_000;
        Cache.Entries.Policy.ShrinkWindow();
        for (var i = 0; i < 300; i++)
        {
            Set($"k{i}", bytes: 400);
            Find($"k{i}");
            Find($"k{i}");
        }

        var before = Cache.Count;
        Set("large", bytes: 40_000);
        Find("large");
        Find("large");
        Find("large");
        for (var i = 0; i < 20; i++)
        {
            Set($"other{i}", bytes: 400);
        }

        // Asked for once more often than each of them, but not than all together.
        Assert.Null(Find("large"));
        Assert.InRange(Cache.Count, before / 3, before + 20);
    }

    private void Set(string key, long bytes = 10, TimeSpan? life = null) => Cache.Set(key, new CacheEntry<string>(
        key, EntryLife.Until(life is { } known ? _time.GetTimestamp() + known.Ticks : long.MaxValue), bytes));

    private string? Find(string key) => (Cache.Find(key, _time.GetTimestamp()) as CacheEntry<string>)?.Value;
}
