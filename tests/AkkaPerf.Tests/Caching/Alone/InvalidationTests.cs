using AkkaPerf.Caching;
using AkkaPerf.Caching.Invalidations;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class InvalidationTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_log_is_read_as_it_was_written()
    {
        var log = InvalidationLog.Empty.With([Tag("a", 1), new Invalidation(InvalidationKind.Prefix, "p:", At(2)), new Invalidation(InvalidationKind.All, "", At(3))]);

        var read = InvalidationLog.Decode(log.Encode());

        Assert.Equal(log.Items.ToHashSet(), read!.Items.ToHashSet());
        Assert.Equal(log.Floor, read.Floor);
    }

    [Fact]
    public void What_is_no_log_is_none()
    {
        var bytes = InvalidationLog.Empty.With([Tag("a", 1), Tag("b", 2)]).Encode();

        Assert.Null(InvalidationLog.Decode([]));
        Assert.Null(InvalidationLog.Decode([7, 1, 2, 3]));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(InvalidationLog.Decode(bytes[..length]));
        }
    }

    [Fact]
    public void Merging_keeps_the_last_of_each_whatever_the_order()
    {
        var random = new Random(3);
        var all = Enumerable.Range(0, 200).Select(_ => Tag("t" + random.Next(20), random.Next(1_000))).ToArray();
        var forwards = all.Aggregate(InvalidationLog.Empty, (log, one) => log.With([one]));
        var backwards = InvalidationLog.Empty.With(all.Reverse()).With(forwards.Items);

        Assert.Equal(forwards.Items.ToHashSet(), backwards.Items.ToHashSet());
        Assert.All(all, one => Assert.True(forwards.Tells(one)));
    }

    [Fact]
    public void A_full_log_says_what_it_leaves_out()
    {
        var log = InvalidationLog.Empty.With(Enumerable.Range(0, 2_000).Select(i => Tag("t" + i, i)));

        Assert.Equal((1_024, At(975)), (log.Count, log.Floor));
        Assert.True(log.Tells(Tag("t3", 3)));
    }

    [Fact]
    public void Too_many_prefixes_become_an_invalidation_of_all_before_them()
    {
        var log = InvalidationLog.Empty.With(Enumerable.Range(0, 200).Select(i => new Invalidation(InvalidationKind.Prefix, "p" + i, At(i))));

        Assert.Contains(new Invalidation(InvalidationKind.All, "", At(71)), log.Items);
        Assert.Equal(129, log.Count);
    }

    [Fact]
    public async Task A_million_tags_leave_memory_bounded_and_the_cache_right()
    {
        await using var cache = AkkaPerfCache.Create<string, string>("tags");
        await cache.SetAsync("kept", "v", options: null, ["kept"]);
        await cache.SetAsync("removed", "v", options: null, ["t500000"]);
        for (var i = 0; i < 1_000_000; i++)
        {
            cache.Engine.Levels.Table.Apply(new Invalidation(InvalidationKind.Tag, "t" + i, At(i)), isForced: true);
            if (cache.Engine.Levels.Table.IsFull)
            {
                await cache.RemoveByTagAsync("t" + i);
            }
        }

        Assert.InRange(cache.Engine.Levels.Table.Tags, 0, 65_536);
        Assert.True(cache.TryGet("kept", out _));
        Assert.False(cache.TryGet("removed", out _));
    }

    [Fact]
    public async Task Two_processes_that_tell_at_once_both_get_through()
    {
        await using var rig = new CacheRig(hasSecond: true);
        var other = rig.New();
        for (var round = 0; round < 20; round++)
        {
            await rig.GetAsync(rig.Cache, "a" + round, tags: "a" + round);
            await rig.GetAsync(other, "b" + round, tags: "b" + round);
            await rig.AdvanceAsync(TimeSpan.FromMilliseconds(200));
            await Task.WhenAll(rig.Cache.RemoveByTagAsync("b" + round).AsTask(), other.RemoveByTagAsync("a" + round).AsTask());
        }

        for (var i = 0; i < 3; i++)
        {
            await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        for (var round = 0; round < 20; round++)
        {
            Assert.False(rig.Cache.TryGet("a" + round, out _));
            Assert.False(other.TryGet("b" + round, out _));
        }
    }

    private static DateTimeOffset At(int second) => Start.AddSeconds(second);

    private static Invalidation Tag(string name, int second) => new(InvalidationKind.Tag, name, At(second));
}
