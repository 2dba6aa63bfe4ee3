using AkkaPerf.Retrying;

namespace AkkaPerf.Tests.Retrying;

public sealed class LatencyWindowTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void Too_few_samples_say_nothing()
    {
        var window = new LatencyWindow(0.95, minSamples: 20, Second);
        for (var i = 0; i < 19; i++)
        {
            window.Record(100, now: i);
        }

        Assert.False(window.TryFind(now: 19, out _));
        window.Record(100, now: 19);
        Assert.True(window.TryFind(now: 20, out _));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.95)]
    [InlineData(0.999)]
    public void The_quantile_is_never_too_low_and_hardly_too_high(double quantile)
    {
        var random = new Random(7);
        var window = new LatencyWindow(quantile, minSamples: 10, Second);
        var all = new List<long>();
        for (var i = 0; i < 10_000; i++)
        {
            // From a microsecond to a minute.
            var took = (long)Math.Exp(random.NextDouble() * Math.Log(60.0 * Second));
            all.Add(took);
            window.Record(took, now: i);
        }

        all.Sort();
        var exact = all[(int)Math.Ceiling(all.Count * quantile) - 1];
        Assert.True(window.TryFind(now: Second, out var found));
        Assert.InRange(found, exact, exact + (exact / 31));
    }

    [Fact]
    public void Extreme_values_fall_into_buckets_too()
    {
        var window = new LatencyWindow(0.999, minSamples: 1, Second);
        window.Record(-1, now: 0);
        Assert.True(window.TryFind(now: 0, out var none));
        Assert.Equal(0, none);

        window.Record(long.MaxValue, now: 0);
        Assert.True(window.TryFind(now: 3 * Second, out var most));
        Assert.Equal(long.MaxValue, most);
    }

    [Fact]
    public void It_follows_what_is_slow_now()
    {
        var window = new LatencyWindow(0.5, minSamples: 10, Second);
        Fill(window, took: 1000, now: 0);
        Assert.True(window.TryFind(now: 1, out var before));
        Assert.InRange(before, 1000, 1032);

        // Looked up anew every three seconds.
        Fill(window, took: 10, now: 2, count: 200);
        Assert.True(window.TryFind(now: (3 * Second) - 1, out var kept));
        Assert.Equal(before, kept);
        Assert.True(window.TryFind(now: (3 * Second) + 1, out var after));
        Assert.Equal(10, after);
    }

    [Fact]
    public void What_is_older_than_half_a_minute_is_forgotten()
    {
        var window = new LatencyWindow(0.5, minSamples: 10, Second);
        Fill(window, took: 1000, now: (10 * Second) - 1);

        Assert.True(window.TryFind(now: (30 * Second) - 1, out _));
        Assert.False(window.TryFind(now: 30 * Second, out _));

        Fill(window, took: 10, now: 100 * Second);
        Assert.True(window.TryFind(now: 100 * Second, out var found));
        Assert.Equal(10, found);
    }

    private static void Fill(LatencyWindow window, long took, long now, int count = 100)
    {
        for (var i = 0; i < count; i++)
        {
            window.Record(took, now);
        }
    }
}
