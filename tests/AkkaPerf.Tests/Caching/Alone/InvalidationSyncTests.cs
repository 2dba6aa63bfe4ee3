using System.Globalization;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Caching.Invalidations;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Caching.Distributed;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class InvalidationSyncTests : IAsyncDisposable
{
    private readonly CacheRig _rig = new(options => options.Ttl = TimeSpan.FromHours(1), hasSecond: true);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_process_that_only_reads_keeps_a_bounded_number_of_tags()
    {
        var sweeps = 0;
        InvalidationTable table = new();
        await using var level = new Level();
        await using var sync = new InvalidationSync(level.Second, table, new InvalidationOptions(), level.Time, () =>
        {
            sweeps++;
            table.ForgetTags(table.Version);
        });
        for (var i = 0; i < 70_000; i++)
        {
            Assert.True(await sync.LearnAsync([Name(i), Name(-i)], CancellationToken.None));
            Assert.True(table.Knows(Name(i)) && table.Knows(Name(-i)));
        }

        Assert.InRange(table.Tags, 1, 65_540);
        Assert.Equal(2, sweeps);
    }

    [Fact]
    public void A_tag_that_is_forgotten_meanwhile_counts_as_removed()
    {
        InvalidationTable table = new();
        table.Learn("t", at: null);
        Assert.True(table.IsValidAfter(_rig.Time.GetUtcNow(), "k", ["t"]));

        table.ForgetTags(table.Version);

        Assert.False(table.IsValidAfter(_rig.Time.GetUtcNow(), "k", ["t"]));
    }

    [Fact]
    public void What_could_not_be_told_is_merged_and_bounded()
    {
        var own = new OwnInvalidations();
        for (var i = 0; i < 1_000_000; i++)
        {
            own.Add(new Invalidation(InvalidationKind.Prefix, Name(i % 10_000), At(i)));
        }

        Assert.InRange(own.Count, 1, 4_096);
        var untold = own.Untold(InvalidationLog.Empty, settled: default);
        Assert.All(Enumerable.Range(0, 10_000), last => Assert.Contains(
            untold, one => (one.Kind == InvalidationKind.All || one.Name == Name(last)) && one.At >= At(990_000 + last)));
    }

    [Fact]
    public void What_stands_in_the_log_long_enough_is_told_no_more()
    {
        var own = new OwnInvalidations();
        var one = new Invalidation(InvalidationKind.Tag, "t", At(1));
        own.Add(one);
        own.Add(one with { At = At(0) });
        var log = InvalidationLog.Empty.With([one]);

        Assert.Equal([one], own.Untold(InvalidationLog.Empty, At(5)));
        Assert.Empty(own.Untold(log, At(1)));
        Assert.Equal(1, own.Count);
        Assert.Empty(own.Untold(log, At(2)));
        Assert.Equal(0, own.Count);
    }

    [Theory]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 127 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 2, 3 })]
    public async Task A_tags_mark_that_says_nothing_possible_counts_as_removed_now(byte[] mark)
    {
        await _rig.GetAsync(_rig.Cache, "key", tags: "t");
        await _rig.Cache.Engine.Levels.FlushAsync();
        await _rig.Cache.Engine.Levels.Second!.WriteMarkAsync("tag:t", mark, TimeSpan.FromHours(1), CancellationToken.None);
        await _rig.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.False((await _rig.New().GetAsync("key")).HasValue);

        // It is written anew: what is made from now on is found by those who come.
        await _rig.AdvanceAsync(TimeSpan.FromMinutes(1));
        await _rig.Cache.SetAsync("key", "new", tags: ["t"]);
        Assert.Equal("new", (await _rig.New().GetAsync("key")).Value);
    }

    [Theory]
    [InlineData("prefix")]
    [InlineData("all")]
    public async Task A_new_process_knows_from_its_first_read_on_what_was_removed_long_ago(string by)
    {
        await _rig.GetAsync(_rig.Cache, "key");
        await _rig.Cache.Engine.Levels.FlushAsync();
        await _rig.AdvanceAsync(TimeSpan.FromMinutes(1));
        await (by == "prefix" ? _rig.Cache.RemoveByPrefixAsync("ke") : _rig.Cache.ClearAsync());
        await _rig.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.False((await _rig.New().GetAsync("key")).HasValue);
    }

    [Fact]
    public async Task Nothing_of_the_second_level_is_trusted_before_the_log_could_be_read()
    {
        var shelf = new Shelf { Failure = new IOException() };
        var time = _rig.Time;
        await using var second = new SecondLevel(shelf, new L2Options(), "t:", time, new SeededRandom(1), NullLogger.Instance);
        await using var sync = new InvalidationSync(second, new InvalidationTable(), new InvalidationOptions(), time, () => { });
        await sync.LastPoll;
        Assert.False(await sync.LearnAsync([], CancellationToken.None));

        // Not only after the next interval: the store answers again.
        shelf.Failure = null;
        Assert.True(await sync.LearnAsync([], CancellationToken.None));

        var calls = shelf.Begun;
        Assert.True(await sync.LearnAsync([], CancellationToken.None));
        Assert.Equal(calls, shelf.Begun);
    }

    private static string Name(int i) => i.ToString(CultureInfo.InvariantCulture);

    private static DateTimeOffset At(int second) => DateTimeOffset.UnixEpoch.AddSeconds(second);
}
