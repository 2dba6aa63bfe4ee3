using AkkaPerf.Retrying;

namespace AkkaPerf.Tests.Retrying;

public sealed class BackOffTests
{
    // A tick is a millisecond.
    private const int Second = 1000;

    [Fact]
    public void Without_a_base_another_backend_is_asked_at_once()
    {
        Assert.True(Create(TimeSpan.Zero, BackOffJitter.Equal).TryNext(done: 3, before: 0, asked: 0, out var pause));
        Assert.Equal(0, pause);
    }

    [Fact]
    public void Without_jitter_each_is_twice_the_one_before_up_to_the_longest()
    {
        var backOff = Create(TimeSpan.FromMilliseconds(100), BackOffJitter.None);

        Assert.Equal([100, 200, 400, 800, 1000, 1000], Enumerable.Range(0, 6).Select(done => Next(backOff, done, 0)));
        Assert.Equal(1000, Next(backOff, done: 10, before: 0));
    }

    [Fact]
    public void Equal_jitter_is_half_certain_and_half_chance()
    {
        var backOff = Create(TimeSpan.FromMilliseconds(100), BackOffJitter.Equal);
        var second = Enumerable.Range(0, 10_000).Select(_ => Next(backOff, done: 1, before: 0)).ToArray();

        Assert.Equal((100, 200), (second.Min(), second.Max()));
        Assert.InRange(second.Average(), 148, 152);
    }

    [Fact]
    public void Decorrelated_jitter_lies_between_the_base_and_three_times_the_last()
    {
        var backOff = Create(TimeSpan.FromMilliseconds(100), BackOffJitter.Decorrelated);
        var first = Enumerable.Range(0, 10_000).Select(_ => Next(backOff, done: 0, before: 0)).ToArray();
        var next = Enumerable.Range(0, 10_000).Select(_ => Next(backOff, done: 1, before: 250)).ToArray();
        var late = Enumerable.Range(0, 10_000).Select(_ => Next(backOff, done: 5, before: 900)).ToArray();

        Assert.Equal((100, 300), (first.Min(), first.Max()));
        Assert.Equal((100, 750), (next.Min(), next.Max()));
        Assert.Equal(1000, late.Max());
    }

    [Theory]
    [InlineData(500, true, 500, 550)]
    [InlineData(1000, true, 1000, 1100)]
    [InlineData(1001, false, 0, 2000)]
    public void What_the_backend_asks_for_is_kept_or_there_is_no_other_try(int asked, bool isAllowed, int from, int to)
    {
        var backOff = Create(TimeSpan.Zero, BackOffJitter.Equal);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(isAllowed, backOff.TryNext(done: 0, before: 0, asked, out var pause));
            Assert.InRange(pause, from, to);
        }
    }

    private static long Next(BackOff backOff, int done, long before)
    {
        Assert.True(backOff.TryNext(done, before, asked: 0, out var pause));
        return pause;
    }

    private static BackOff Create(TimeSpan first, BackOffJitter jitter) =>
        new(new BackOffOptions { Base = first, Max = TimeSpan.FromSeconds(1), Jitter = jitter }, Second, new Random(1));
}
