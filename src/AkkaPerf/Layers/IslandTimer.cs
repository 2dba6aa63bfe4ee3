namespace AkkaPerf.Layers;

/// <summary>Wakes a stage at a time of the pipeline's clock; one timer, armed for the earliest moment that is wanted.</summary>
/// <remarks>The clock's own timer, not the scheduler's: it is as fine as the platform's and runs in virtual time.</remarks>
internal sealed class IslandTimer : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;

    /// <summary>Creates a timer that is not armed.</summary>
    /// <param name="time">The pipeline's clock.</param>
    /// <param name="wake">A cached async callback of the stage.</param>
    public IslandTimer(TimeProvider time, Action wake)
    {
        _time = time;

        // A stage may start on a caller's thread: its timer must not keep that caller's context.
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((Action)state!)(), wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Sees to it that the stage is woken at this timestamp or earlier.</summary>
    public void Arm(long timestamp)
    {
        if (timestamp >= _armedFor)
        {
            return;
        }

        _armedFor = timestamp;
        var due = _time.GetElapsedTime(_time.GetTimestamp(), timestamp);
        _timer.Change(due > TimeSpan.Zero ? RoundUp(due) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Must be called first when the stage was woken: the timer is no longer armed.</summary>
    public void Fired() => _armedFor = long.MaxValue;

    public void Dispose() => _timer.Dispose();

    // The platform's timer counts whole milliseconds and rounds down: woken too early, the stage would only arm it again.
    private static TimeSpan RoundUp(TimeSpan due) =>
        TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(due.TotalMilliseconds), uint.MaxValue - 2));
}
