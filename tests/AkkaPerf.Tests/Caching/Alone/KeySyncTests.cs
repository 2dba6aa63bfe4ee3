using System.Globalization;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Invalidations;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>Single keys that one process sets or removes, in the first level of another.</summary>
public sealed class KeySyncTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly CacheRig _rig = new(options => (options.Ttl, options.Invalidation.Keys) = (TimeSpan.FromHours(1), 100), hasSecond: true);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData("k")]
    [InlineData(300)]
    [InlineData(10_000)]
    public async Task What_one_process_sets_the_other_has_after_two_intervals(object keyOrLength)
    {
        var key = keyOrLength as string ?? new string('k', (int)keyOrLength);
        var other = await ShareAsync(key);
        await _rig.Cache.SetAsync(key, "new");
        await IntervalsAsync(2);

        Assert.False(other.TryGet(key, out _));
        Assert.Equal("new", (await other.GetAsync(key)).Value);
        Assert.Equal(("new", 1), (Local(_rig.Cache, key), _rig.Loads));
    }

    [Fact]
    public async Task What_one_process_removes_the_other_has_no_longer_after_two_intervals()
    {
        var other = await ShareAsync("k");
        await _rig.Cache.RemoveAsync("k");
        await IntervalsAsync(2);

        Assert.False((await other.GetAsync("k")).HasValue);
    }

    [Fact]
    public async Task Who_looked_after_the_change_keeps_what_he_found()
    {
        await _rig.Cache.SetAsync("k", "new");
        var other = _rig.New();
        await other.GetAsync("k");
        await IntervalsAsync(3);

        Assert.Equal("new", Local(other, "k"));
        Assert.Equal("new", Local(_rig.Cache, "k"));
    }

    [Fact]
    public async Task What_is_loaded_is_not_told()
    {
        await _rig.GetAsync(_rig.Cache, "k");
        await _rig.Cache.Engine.Levels.FlushAsync();
        await IntervalsAsync(2);

        Assert.Null(await _rig.Store!.GetAsync("akkaperf:test:m:keys"));
        Assert.Equal(0, _rig.Cache.Engine.Levels.Table.Keys);
    }

    [Fact]
    public async Task All_changes_of_an_interval_cost_one_write()
    {
        var store = new FallibleStore(_rig.Store!);
        await using var cache = AkkaPerfCache.Create<string, string>("writes", builder => builder.UseTime(_rig.Time).UseDistributed(store));
        for (var i = 0; i < 50; i++)
        {
            await cache.SetAsync("k" + i, "v");
        }

        var before = (store.Calls, cache.Statistics.Distributed!.Writes);
        _rig.Time.Advance(Second);
        await cache.Engine.Levels.LastPoll;

        // Both logs are read, one is written and read once more.
        Assert.Equal((before.Calls + 4, before.Writes + 1), (store.Calls, cache.Statistics.Distributed.Writes));
    }

    [Fact]
    public async Task Switched_off_nothing_is_told()
    {
        await using var rig = new CacheRig(options => (options.Ttl, options.Invalidation.Keys) = (TimeSpan.FromHours(1), 0), hasSecond: true);
        await rig.Cache.SetAsync("k", "old");
        var other = rig.New();
        await other.GetAsync("k");
        await rig.Cache.SetAsync("k", "new");
        for (var i = 0; i < 3; i++)
        {
            await rig.AdvanceAsync(Second);
        }

        Assert.Equal("old", Local(other, "k"));
    }

    [Fact]
    public async Task The_last_of_two_who_set_wins_in_both()
    {
        var other = await ShareAsync("k");
        await _rig.Cache.SetAsync("k", "first");
        await _rig.AdvanceAsync(0.3 * Second);
        await other.SetAsync("k", "second");
        await IntervalsAsync(3);

        Assert.Equal("second", (await _rig.Cache.GetAsync("k")).Value);
        Assert.Equal("second", (await other.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_load_that_began_before_the_change_is_not_kept()
    {
        var other = _rig.New();
        var load = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asking = other.GetOrAddAsync("k", (_, _) => new ValueTask<string>(load.Task)).AsTask();
        await _rig.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await _rig.Cache.SetAsync("k", "new");
        await IntervalsAsync(2);

        load.SetResult("old");

        Assert.Equal("old", await asking);
        Assert.False(other.TryGet("k", out _));
        Assert.Equal("new", (await other.GetAsync("k")).Value);
    }

    [Fact]
    public async Task An_older_value_that_the_second_level_still_has_is_not_taken()
    {
        var other = await ShareAsync("k");
        var old = await _rig.Store!.GetAsync("akkaperf:test:e:k");
        await _rig.AdvanceAsync(Second);
        await _rig.Cache.RemoveAsync("k");
        await IntervalsAsync(2);

        // As if the removal had not reached it yet.
        await _rig.Store.SetAsync("akkaperf:test:e:k", old!, new DistributedCacheEntryOptions());

        Assert.False((await other.GetAsync("k")).HasValue);
    }

    [Fact]
    public async Task More_changes_than_are_kept_make_the_others_look_up_everything_anew()
    {
        var other = await ShareAsync("k");
        await other.SetAsync("untouched", "v");
        await IntervalsAsync(1);
        await _rig.Cache.SetAsync("k", "new");
        for (var i = 0; i < 150; i++)
        {
            await _rig.AdvanceAsync(TimeSpan.FromTicks(1));
            await _rig.Cache.SetAsync("many" + i, "v");
        }

        await IntervalsAsync(2);

        Assert.False(other.TryGet("k", out _));
        Assert.False(other.TryGet("untouched", out _));
        Assert.Equal("new", (await other.GetAsync("k")).Value);
        Assert.Equal("v", (await other.GetAsync("untouched")).Value);

        // Who changed them knows of them, and the others only once.
        await IntervalsAsync(3);
        Assert.Equal(("new", "v"), (Local(_rig.Cache, "k"), Local(_rig.Cache, "many3")));
        Assert.Equal("v", Local(other, "untouched"));
        Assert.Equal(1, _rig.Loads);
    }

    [Fact]
    public async Task A_process_that_ends_tells_what_it_changed_last()
    {
        var first = _rig.New();
        var other = await ShareAsync("k");
        await first.SetAsync("k", "new");
        await first.DisposeAsync();
        await IntervalsAsync(1);

        Assert.Equal("new", (await other.GetAsync("k")).Value);
    }

    [Fact]
    public async Task What_was_changed_while_the_second_level_was_away_is_told_when_it_is_back()
    {
        var store = new FallibleStore(_rig.Store!);
        await using var cut = AkkaPerfCache.Create<string, string>("test", builder => builder.UseTime(_rig.Time).UseDistributed(store));
        var other = await ShareAsync("k");
        store.IsDown = true;
        await cut.SetAsync("k", "new");
        await IntervalsAsync(2);
        Assert.Equal("value of k", Local(other, "k"));

        store.IsDown = false;
        await CacheRig.UntilAsync(
            () =>
            {
                _rig.Time.Advance(Second);
                return !other.TryGet("k", out _) && cut.Statistics.Distributed!.Waiting == 0;
            },
            "the other to be told, and the second level to have it");

        Assert.Equal("new", (await other.GetAsync("k")).Value);
    }

    [Fact]
    public void The_log_merges_in_any_order_and_comes_back_as_it_was()
    {
        var random = new Random(7);
        var changes = Enumerable.Range(0, 300).Select(i => KeyValuePair.Create("k" + random.Next(200), Now.AddTicks(random.Next(1_000)))).ToList();
        var halves = changes.Chunk(150).ToList();

        var one = New(halves[0]).With(New(halves[1]).Items, DateTimeOffset.MinValue, 1_000, DateTimeOffset.MinValue);
        var other = New(halves[1]).With(New(halves[0]).Items, DateTimeOffset.MinValue, 1_000, DateTimeOffset.MinValue);

        Assert.Equal(one.Items.OrderBy(item => item.Key), other.Items.OrderBy(item => item.Key));
        Assert.All(changes, change => Assert.True(one.Tells(change.Key, change.Value)));
        var read = KeyLog.Decode(one.Encode())!;
        Assert.Equal(one.Floor, read.Floor);
        Assert.Equal(one.Items.OrderBy(item => item.Key), read.Items.OrderBy(item => item.Key));

        static KeyLog New(IEnumerable<KeyValuePair<string, DateTimeOffset>> items) => KeyLog.Empty.With(items, DateTimeOffset.MinValue, 1_000, DateTimeOffset.MinValue);
    }

    [Fact]
    public void The_log_is_bounded_in_number_text_and_age_and_says_what_it_leaves_out()
    {
        var log = KeyLog.Empty.With(Enumerable.Range(0, 10).Select(i => KeyValuePair.Create(Name(i), Now.AddSeconds(i))), DateTimeOffset.MinValue, most: 4, oldest: Now);
        Assert.Equal([Name(6), Name(7), Name(8), Name(9)], log.Items.Keys.Order());
        Assert.Equal(Now.AddSeconds(5), log.Floor);

        var aged = log.With([], DateTimeOffset.MinValue, most: 4, oldest: Now.AddSeconds(8));
        Assert.Equal([Name(8), Name(9)], aged.Items.Keys.Order());
        Assert.Equal(Now.AddSeconds(7), aged.Floor);

        var text = KeyLog.Empty.With(Enumerable.Range(0, 10_000).Select(i => KeyValuePair.Create(Name(i) + new string('x', 200), Now.AddSeconds(i))), DateTimeOffset.MinValue, most: 10_000, oldest: Now);
        Assert.InRange(text.Encode().Length, 200_000, 300_000);
        Assert.Equal(Now.AddSeconds(9_999 - text.Items.Count), text.Floor);

        static string Name(int i) => i.ToString(CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { 1, 255, 255, 255, 255, 255, 255, 255, 255, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1 })]
    public void A_log_that_is_none_is_nothing(byte[] bytes) => Assert.Null(KeyLog.Decode(bytes));

    [Fact]
    public void Own_changes_are_bounded_and_say_what_they_leave_out()
    {
        var own = new OwnKeys();
        for (var i = 0; i < 100_000; i++)
        {
            own.Add(i.ToString(CultureInfo.InvariantCulture), Now.AddTicks(i));
        }

        var (items, floor) = own.Untold(KeyLog.Empty, Now);

        Assert.InRange(items.Count, 3_000, 4_096);
        Assert.Equal(items.Min(item => item.Value).AddTicks(-1), floor);
        Assert.False(own.HasNews);
        Assert.Empty(own.Untold(KeyLog.Empty.With(items, floor, 10_000, Now), Now.AddDays(1)).Items);
        Assert.Equal(0, own.Count);
    }

    [Fact]
    public async Task A_million_changed_keys_leave_a_bounded_number()
    {
        for (var i = 0; i < 1_000_000; i++)
        {
            _rig.Cache.Engine.Levels.Table.NoteOwnKey(i.ToString(CultureInfo.InvariantCulture), Now);
            if (_rig.Cache.Engine.Levels.Table.IsFull)
            {
                await _rig.Cache.RemoveAsync("any");
            }
        }

        Assert.InRange(_rig.Cache.Engine.Levels.Table.Keys, 1, 16_385);
    }

    private static string? Local(AkkaPerfCache<string, string> cache, string key) => cache.TryGet(key, out var value) ? value : null;

    private async Task IntervalsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _rig.AdvanceAsync(Second);
        }
    }

    // Loaded in one process, found by another.
    private async Task<AkkaPerfCache<string, string>> ShareAsync(string key)
    {
        await _rig.GetAsync(_rig.Cache, key);
        await _rig.Cache.Engine.Levels.FlushAsync();
        var other = _rig.New();
        Assert.True((await other.GetAsync(key)).HasValue);
        await _rig.AdvanceAsync(Second);
        return other;
    }
}
