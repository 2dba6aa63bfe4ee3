using AkkaPerf.Caching.Distributed;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Caching.Distributed;

/// <summary>What a second level writes into the log, and how often.</summary>
public sealed class SecondLevelLogTests : IAsyncDisposable
{
    private const string Opened = "The second level 't:' failed too often and is left alone for a while.";
    private const string Forgot = "The journal of the second level 't:' is full: the store may keep something old until its life ends.";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(12);

    private readonly Level _level = new(configure: options =>
    {
        options.HardTimeout = TimeSpan.FromSeconds(1);
        options.Breaker = new BreakerOptions { Failures = 3, Duration = TimeSpan.FromSeconds(10) };
        options.Journal = new JournalOptions { Entries = 100, Bytes = 100_000 };
    });

    private Shelf Shelf => _level.Shelf;

    public ValueTask DisposeAsync() => _level.DisposeAsync();

    [Fact]
    public async Task Outage_and_return_are_said_once_each()
    {
        await BreakAsync();
        for (var i = 0; i < 50; i++)
        {
            await _level.GetAsync("k");
            await _level.SetAsync($"k{i}", "value");
            _level.Time.Advance(Pause);
        }

        Assert.Equal([(LogEvents.SecondLevelOpened, LogLevel.Warning, Opened)], _level.Logger.Lines);
        await RecoverAsync();
        var (id, level, text) = Assert.Single(_level.Logger.Lines.Skip(1));
        Assert.Equal((LogEvents.SecondLevelClosed, LogLevel.Information), (id, level));
        Assert.Matches("^The second level 't:' is back; [0-9]+ changes are brought to it\\.$", text);
    }

    [Fact]
    public async Task A_journal_that_is_full_is_said_once_an_outage()
    {
        for (var outage = 1; outage <= 2; outage++)
        {
            await BreakAsync();
            for (var i = 0; i < 150; i++)
            {
                await _level.RemoveAsync($"{i}");
            }

            Assert.Equal(outage * 50, _level.Counters.Forgotten);
            var lines = _level.Logger.Lines.Where(static line => line.Id == LogEvents.SecondLevelForgot).ToArray();
            Assert.Equal(Enumerable.Repeat((LogEvents.SecondLevelForgot, LogLevel.Warning, Forgot), outage), lines);
            await RecoverAsync();
        }
    }

    [Fact]
    public async Task Rejections_are_said_once_a_cause()
    {
        for (var i = 0; i < 10; i++)
        {
            Shelf[$"t:e:{i}"] = [1, 2, 3];
            await _level.GetAsync($"{i}");
        }

        Assert.Equal(
            [(LogEvents.SecondLevelRejected, LogLevel.Warning, "A value of the second level 't:' cannot be used or stored: Foreign. Further ones are only counted.")],
            _level.Logger.Lines);
        Assert.Equal((10, 0), (_level.Counters.RejectedAs(L2Rejection.Foreign), Shelf.Count));
    }

    [Fact]
    public async Task What_a_store_has_not_had_at_the_end_is_said()
    {
        await BreakAsync();
        await _level.RemoveAsync("k");
        await _level.DisposeAsync();

        Assert.Equal(
            (LogEvents.SecondLevelStopped, LogLevel.Warning, "The second level 't:' stops with 1 changes that its store has not had."),
            Assert.Single(_level.Logger.Lines.Skip(1)));
    }

    private async Task BreakAsync()
    {
        Shelf.Failure = new IOException("down");
        while (_level.Second.State == L2State.Closed)
        {
            await _level.GetAsync("any");
        }
    }

    private async Task RecoverAsync()
    {
        Shelf.Failure = null;
        _level.Time.Advance(Pause);
        await Until.So(() => _level.Second.State == L2State.Closed && _level.Second.Waiting == 0);
    }
}
