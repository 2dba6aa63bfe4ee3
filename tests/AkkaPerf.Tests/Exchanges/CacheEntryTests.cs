using AkkaPerf.Exchanges;

namespace AkkaPerf.Tests.Exchanges;

public sealed class CacheEntryTests
{
    private static readonly string[] Tags = ["a", "b"];

    [Theory]
    [InlineData(0)]
    [InlineData(uint.MaxValue - 1L)]
    [InlineData(uint.MaxValue)]
    [InlineData(uint.MaxValue + 1L)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void Its_size_is_what_was_said_however_large(long bytes)
    {
        var entry = new CacheEntry<int>(1, EntryLife.Endless, bytes, Tags) { CheckedAt = int.MaxValue };

        Assert.Equal(bytes, entry.Bytes);
        Assert.Equal(int.MaxValue, entry.CheckedAt);
        Assert.Equal(Tags, entry.Tags);
    }

    [Fact]
    public void Nothing_special_is_special_at_first()
    {
        var entry = new CacheEntry<int>(1, EntryLife.Endless, 1);

        Assert.Empty(entry.Tags);
        Assert.Equal((0, 0, long.MinValue), (entry.Sliding, entry.MadeAtUtc, entry.HeldUntil));
        Assert.Null(entry.Options);
        Assert.Null(entry.Serialized);
    }

    [Fact]
    public void Tags_stay_when_something_else_becomes_special()
    {
        var entry = new CacheEntry<int>(1, EntryLife.Endless, 1, Tags);
        Assert.Same(Tags, entry.Tags);
        Assert.Equal(0, entry.Sliding);

        Assert.True(entry.TryClaimRefresh(now: 5, next: 10));
        entry.HeldUntil = 7;

        Assert.Same(Tags, entry.Tags);
        Assert.Equal(7, entry.HeldUntil);
        Assert.False(entry.TryClaimRefresh(now: 9, next: 20));
    }

    [Fact]
    public void All_that_is_special_is_kept_side_by_side()
    {
        var options = new object();
        var entry = new CacheEntry<int>(1, EntryLife.Endless, 1L << 40, Tags) { Sliding = 3, MadeAtUtc = 4, Options = options };
        entry.Serialized = [1];

        Assert.Equal((1L << 40, 3, 4), (entry.Bytes, entry.Sliding, entry.MadeAtUtc));
        Assert.Same(options, entry.Options);
        Assert.Same(Tags, entry.Tags);
        Assert.Equal([1], entry.Serialized);
    }

    [Fact]
    public void Many_that_find_it_without_extras_agree_on_the_same()
    {
        for (var round = 0; round < 1_000; round++)
        {
            var entry = new CacheEntry<int>(1, EntryLife.Endless, 1, Tags);
            var claimed = 0;

            Parallel.For(0, 4, _ => Interlocked.Add(ref claimed, entry.TryClaimRefresh(now: 1, next: 2) ? 1 : 0));

            Assert.Equal(1, claimed);
            Assert.Same(Tags, entry.Tags);
        }
    }
}
