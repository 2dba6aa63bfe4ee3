using AkkaPerf.Http.Admin.Actions;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Admin;

public sealed class PurgeLimitTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Ten_seconds_worth_may_come_at_once_and_then_the_rate_holds()
    {
        var limit = new PurgeLimit(rate: 2, _time);
        for (var i = 0; i < 20; i++)
        {
            Assert.True(limit.TryTake(1, out _));
        }

        Assert.False(limit.TryTake(1, out var wait));
        Assert.Equal(TimeSpan.FromSeconds(0.5), wait);
        _time.Advance(wait);
        Assert.True(limit.TryTake(1, out _));
        Assert.False(limit.TryTake(1, out _));

        // What is not used is not kept for ever.
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(limit.TryTake(20, out _));
        Assert.False(limit.TryTake(1, out _));
    }

    [Fact]
    public void The_largest_call_overdraws_and_those_who_come_next_wait_for_it()
    {
        var limit = new PurgeLimit(rate: 1, _time);
        Assert.True(limit.TryTake(1000, out _));
        Assert.False(limit.TryTake(1, out var wait));
        Assert.Equal(TimeSpan.FromSeconds(991), wait);
        _time.Advance(TimeSpan.FromSeconds(990));
        Assert.False(limit.TryTake(1, out wait));
        Assert.Equal(TimeSpan.FromSeconds(1), wait);
        _time.Advance(wait);
        Assert.True(limit.TryTake(1, out _));
    }

    [Fact]
    public void Nothing_costs_nothing_and_zero_is_no_limit()
    {
        var limit = new PurgeLimit(rate: 1, _time);
        Assert.True(limit.TryTake(1000, out _));
        Assert.True(limit.TryTake(0, out _));
        var none = new PurgeLimit(rate: 0, _time);
        Assert.True(none.TryTake(int.MaxValue, out _));
        Assert.True(none.TryTake(int.MaxValue, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PurgeLimit(rate: -1, _time));
    }
}
