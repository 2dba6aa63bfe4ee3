using AkkaPerf.Connections;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Connections;

/// <summary>The timer fires in time even if the clock goes on while it is set.</summary>
public sealed class PoolTimerTests
{
    [Fact]
    public void A_clock_that_goes_on_between_reckoning_and_setting_delays_nothing()
    {
        var time = new SkippingTimeProvider();
        var inbox = new PoolInbox();
        using var timer = new PoolTimer(time, inbox);
        var at = time.GetTimestamp() + (5 * time.TimestampFrequency);
        time.SkipAfterNextRead = TimeSpan.FromSeconds(3);

        timer.Arm(at);
        Assert.False(inbox.TryTake(out _));
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(inbox.TryTake(out var signal));
        Assert.Equal(PoolSignalKind.TimerFired, signal.Kind);
    }

    [Fact]
    public void A_time_that_is_months_away_is_not_missed()
    {
        var time = new FakeTimeProvider();
        var inbox = new PoolInbox();
        using var timer = new PoolTimer(time, inbox);
        var at = time.GetTimestamp() + (200 * 24 * 3600 * time.TimestampFrequency);
        timer.Arm(at);
        for (var days = 0; days < 200; days++)
        {
            time.Advance(TimeSpan.FromDays(1));
            Assert.True(inbox.TryTake(out _));
            timer.Fired();
            timer.Arm(at);
        }

        Assert.Equal(at, time.GetTimestamp());
    }

    private sealed class SkippingTimeProvider : FakeTimeProvider
    {
        public TimeSpan SkipAfterNextRead { get; set; }

        public override long GetTimestamp()
        {
            var read = base.GetTimestamp();
            var skip = SkipAfterNextRead;
            SkipAfterNextRead = TimeSpan.Zero;
            Advance(skip);
            return read;
        }
    }
}
