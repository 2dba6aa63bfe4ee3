namespace AkkaPerf.Connections;

/// <summary>The one timer of a pool; it fires at or after the time it was last armed for, sometimes needlessly before.</summary>
/// <remarks>Only by who holds the pool's gate. It is left armed when the next time due moves away, so that busy pools do not touch it per request.</remarks>
internal sealed class PoolTimer : IDisposable
{
    /// <summary>A wait set this long after it was reckoned, as when the processor was taken in between, is reckoned anew: it would end too late.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(1);

    /// <summary>Timers can be set some weeks ahead at most: on the way to a later time this one fires needlessly.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;

    public PoolTimer(TimeProvider time, PoolInbox inbox)
    {
        _time = time;

        // The timer lives as long as the pool and must not keep its creator's ambient context.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(
                static inbox => ((PoolInbox)inbox!).Post(PoolSignal.TimerFired()), inbox, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Fired() => _armedFor = long.MaxValue;

    public void Arm(long at)
    {
        if (at >= _armedFor)
        {
            return;
        }

        _armedFor = at;
        long now;
        do
        {
            now = _time.GetTimestamp();

            // Timers cut to whole milliseconds: rounded up, or the timer would fire again and again before its time.
            var wait = at <= now ? 0 : Math.Ceiling(_time.GetElapsedTime(now, at).TotalMilliseconds);
            _timer.Change(TimeSpan.FromMilliseconds(Math.Min(wait, Longest.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
        while (_time.GetElapsedTime(now) >= Tolerance);
    }

    public void Dispose() => _timer.Dispose();
}
