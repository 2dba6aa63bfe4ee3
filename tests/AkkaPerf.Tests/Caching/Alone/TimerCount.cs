using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>Virtual time that says how many waits have begun: time may pass once they have.</summary>
internal sealed class TimerCount() : FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
{
    private int _timers;

    public int Timers => Volatile.Read(ref _timers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _timers);
        return timer;
    }
}
