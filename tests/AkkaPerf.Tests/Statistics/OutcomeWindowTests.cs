using AkkaPerf.Statistics;

namespace AkkaPerf.Tests.Statistics;

public sealed class OutcomeWindowTests
{
    private OutcomeWindow _window = new(length: 1000);

    [Fact]
    public void Sum_is_exact_whatever_comes_and_goes()
    {
        var random = new Random(1);
        var all = new List<(long At, bool IsGood)>();
        var now = 0L;
        for (var i = 0; i < 20_000; i++)
        {
            now += random.Next(random.Next(20) == 0 ? 500 : 20);
            var isGood = random.Next(3) > 0;
            _window.Add(isGood, now);
            all.Add((now, isGood));

            // Ten steps of 100, the current one included.
            var kept = all.Where(one => one.At / 100 > (now / 100) - 10).ToList();
            Assert.Equal((kept.Count(static one => one.IsGood), kept.Count(static one => !one.IsGood)), _window.Sum(now));
        }
    }

    [Fact]
    public void What_is_older_than_the_window_is_gone_though_nothing_came_since()
    {
        _window.Add(isSuccess: true, 50);
        Assert.Equal((1, 0), _window.Sum(999));
        Assert.Equal((0, 0), _window.Sum(1000));
        Assert.Equal((0, 0), _window.Sum(1_000_000_000));
    }

    [Fact]
    public void Clear_forgets_everything()
    {
        _window.Add(isSuccess: false, 5);
        _window.Clear();
        Assert.Equal((0, 0), _window.Sum(5));
    }

    [Fact]
    public async Task Threads_lose_nothing()
    {
        const int Each = 20_000;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                _window.Add(isSuccess: worker % 2 == 0, i * 900L / Each);
            }
        })));

        Assert.Equal((4 * Each, 4 * Each), _window.Sum(900));
    }
}
