using AkkaPerf.Statistics;

namespace AkkaPerf.Tests.Statistics;

public sealed class OutcomeWindowTests
{
    private OutcomeWindow _window = new(length: 1000);
    private long _succeeded;

    [Theory]
    [InlineData(500)]
    [InlineData(3000)]
    public void Sum_is_exact_whatever_comes_and_goes(int longestPause)
    {
        var random = new Random(1);
        var all = new List<(long At, bool IsGood)>();
        var now = 0L;
        for (var i = 0; i < 20_000; i++)
        {
            now += random.Next(random.Next(20) == 0 ? longestPause : 20);
            var isGood = random.Next(3) > 0;
            Add(isGood, now);
            all.Add((now, isGood));

            // Ten steps of 100, the current one included.
            all.RemoveAll(one => one.At / 100 <= (now / 100) - 10);
            Assert.Equal((all.Count(static one => one.IsGood), all.Count(static one => !one.IsGood)), _window.Sum(_succeeded, now));
        }
    }

    [Fact]
    public void What_is_older_than_the_window_is_gone_though_nothing_came_since()
    {
        Add(isGood: true, 50);
        Assert.Equal((1, 0), _window.Sum(_succeeded, 999));
        Assert.Equal((0, 0), _window.Sum(_succeeded, 1000));
        Assert.Equal((0, 0), _window.Sum(_succeeded, 1_000_000_000));
    }

    [Fact]
    public void Clear_forgets_everything_and_what_follows_counts_alone()
    {
        Add(isGood: false, 5);
        Add(isGood: true, 5);
        _window.Clear();
        Assert.Equal((0, 0), _window.Sum(_succeeded, 5));
        Add(isGood: true, 6);
        Add(isGood: true, 106);
        Assert.Equal((2, 0), _window.Sum(_succeeded, 106));
    }

    // Whoever is told first need not have been the first to count.
    [Fact]
    public void Numbers_may_come_in_any_order()
    {
        foreach (var number in (long[])[7, 5, 9, 6, 8])
        {
            _window.Succeeded(number, 50);
        }

        Assert.Equal((5, 0), _window.Sum(9, 50));
        _window.Succeeded(10, 950);
        Assert.Equal((6, 0), _window.Sum(10, 950));
        Assert.Equal((1, 0), _window.Sum(10, 1050));
    }

    [Fact]
    public async Task Threads_lose_nothing()
    {
        const int Each = 20_000;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                Add(isGood: worker % 2 == 0, i * 900L / Each);
            }
        })));

        Assert.Equal((4 * Each, 4 * Each), _window.Sum(_succeeded, 900));
    }

    private void Add(bool isGood, long now)
    {
        if (isGood)
        {
            _window.Succeeded(Interlocked.Increment(ref _succeeded), now);
        }
        else
        {
            _window.Failed(now);
        }
    }
}
