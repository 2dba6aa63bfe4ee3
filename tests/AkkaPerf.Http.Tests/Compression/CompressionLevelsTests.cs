using AkkaPerf.Http.Compression;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Compression;

public sealed class CompressionLevelsTests
{
    private const int Cores = 4;

    private readonly FakeTimeProvider _time = new();
    private TimeSpan _used;

    [Fact]
    public void Begins_with_the_most() => Assert.Equal(CompressionEffort.Balanced, Levels().Current);

    [Fact]
    public void Every_busy_second_takes_it_down_to_none()
    {
        var levels = Levels(CompressionEffort.Best);
        Assert.Equal(
            [CompressionEffort.Balanced, CompressionEffort.Fast, null, null],
            Enumerable.Range(0, 4).Select(_ => After(levels, 1, 0.95)));
    }

    [Fact]
    public void Three_calm_seconds_take_it_up_by_one_and_no_further_than_the_most()
    {
        var levels = Levels();
        After(levels, 1, 1);
        After(levels, 1, 1);
        Assert.Equal(
            [null, null, CompressionEffort.Fast, CompressionEffort.Fast, CompressionEffort.Fast, CompressionEffort.Balanced, CompressionEffort.Balanced],
            Enumerable.Range(0, 7).Select(_ => After(levels, 1, 0.5)));
        Assert.Equal(CompressionEffort.Balanced, After(levels, 100, 0));
    }

    [Fact]
    public void Between_busy_and_calm_nothing_changes()
    {
        var levels = Levels();
        Assert.Equal(CompressionEffort.Fast, After(levels, 1, 0.91));
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(CompressionEffort.Fast, After(levels, 1, i % 2 == 0 ? 0.66 : 0.89));
        }
    }

    [Fact]
    public void A_second_that_is_not_calm_begins_the_count_anew()
    {
        var levels = Levels();
        After(levels, 1, 1);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(CompressionEffort.Fast, After(levels, 1, i % 3 == 2 ? 0.8 : 0.1));
        }
    }

    [Fact]
    public void Calm_seconds_are_not_saved_up()
    {
        var levels = Levels();
        After(levels, 100, 0);
        After(levels, 1, 1);
        Assert.Equal([CompressionEffort.Fast, CompressionEffort.Fast, CompressionEffort.Balanced], Enumerable.Range(0, 3).Select(_ => After(levels, 1, 0)));
    }

    [Fact]
    public void A_time_when_nobody_asked_counts_as_it_was()
    {
        var levels = Levels();
        After(levels, 1, 1);
        After(levels, 1, 1);
        Assert.Equal(CompressionEffort.Balanced, After(levels, 60, 0.01));
    }

    [Fact]
    public void Within_a_second_the_process_is_not_looked_at()
    {
        var looks = 0;
        var levels = new CompressionLevels(
            CompressionEffort.Fast,
            () =>
            {
                looks++;
                return TimeSpan.Zero;
            },
            _time,
            Cores);
        for (var i = 0; i < 999; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(CompressionEffort.Fast, levels.Current);
        }

        Assert.Equal(1, looks);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(CompressionEffort.Fast, levels.Current);
        Assert.Equal(2, looks);
    }

    private CompressionLevels Levels(CompressionEffort most = CompressionEffort.Balanced) => new(most, () => _used, _time, Cores);

    private CompressionEffort? After(CompressionLevels levels, int seconds, double share)
    {
        _used += TimeSpan.FromSeconds(seconds * share * Cores);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return levels.Current;
    }
}
