using AkkaPerf.Caching;
using AkkaPerf.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching;

public sealed class FailedKeysTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly IOException _cause = new("down");

    [Fact]
    public void Is_paused_for_the_pause_and_up_to_a_fifth_longer()
    {
        var failed = New();
        for (var key = 0; key < 100; key++)
        {
            failed.Add(key, _cause);
        }

        _time.Advance(Pause - TimeSpan.FromTicks(1));
        Assert.All(Enumerable.Range(0, 100), key => Assert.True(failed.IsPaused(key, out _)));
        _time.Advance(0.1 * Pause);
        Assert.InRange(Enumerable.Range(0, 100).Count(key => failed.IsPaused(key, out _)), 25, 75);
        _time.Advance((0.1 * Pause) + TimeSpan.FromTicks(1));
        Assert.All(Enumerable.Range(0, 100), key => Assert.False(failed.IsPaused(key, out _)));
    }

    [Fact]
    public void Each_is_told_a_new_exception_of_the_same_cause()
    {
        var failed = New();
        failed.Add(1, _cause);

        Assert.True(failed.IsPaused(1, out var one));
        Assert.True(failed.IsPaused(1, out var other));

        Assert.NotSame(one, other);
        Assert.Same(_cause, one.InnerException);
        Assert.Same(_cause, other.InnerException);
        Assert.InRange(one.RetryAfter, Pause, 1.2 * Pause);
    }

    [Fact]
    public void Forgets_what_is_removed_and_everything_when_cleared()
    {
        var failed = New();
        failed.Add(1, _cause);
        failed.Add(2, _cause);

        failed.Remove(1);
        Assert.Equal((false, true, 1), (failed.IsPaused(1, out _), failed.IsPaused(2, out _), failed.Count));
        failed.Clear();
        Assert.Equal((false, 0), (failed.IsPaused(2, out _), failed.Count));
    }

    [Fact]
    public void A_million_keys_leave_a_bounded_number_the_latest()
    {
        var failed = New();
        for (var key = 0; key < 1_000_000; key++)
        {
            failed.Add(key, _cause);
        }

        Assert.InRange(failed.Count, 1, 1_024);
        Assert.True(failed.IsPaused(999_999, out _));
    }

    [Fact]
    public void A_key_that_fails_again_and_again_stays_one_and_paused()
    {
        var failed = New();
        for (var i = 0; i < 10_000; i++)
        {
            failed.Add(1, _cause);
            failed.Add(1 + i, _cause);
        }

        Assert.InRange(failed.Count, 1, 1_024);
        Assert.True(failed.IsPaused(1, out _));
    }

    [Fact]
    public void Without_a_pause_nothing_is_remembered()
    {
        var failed = new FailedKeys<int>(TimeSpan.Zero, _time, new SeededRandom(1), comparer: null);

        failed.Add(1, _cause);

        Assert.Equal((false, 0), (failed.IsPaused(1, out _), failed.Count));
    }

    private FailedKeys<int> New() => new(Pause, _time, new SeededRandom(1), comparer: null);
}
