namespace AkkaPerf.Backends;

/// <summary>Wakes a directory when something ends by time, or waits to be published. Guarded by the directory's lock.</summary>
internal sealed class DirectoryTimer : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _dueAt = long.MaxValue;

    /// <param name="time">The clock.</param>
    /// <param name="wake">Called when it is due, outside the lock.</param>
    public DirectoryTimer(TimeProvider time, Action wake)
    {
        _time = time;
        _timer = time.CreateTimer(static wake => ((Action)wake!)(), wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Nothing is due any more until somebody says so.</summary>
    public void Fired() => _dueAt = long.MaxValue;

    /// <summary>Something is due then, perhaps before all else.</summary>
    public void DueBy(long at, long now) => Due(Math.Min(_dueAt, at), now);

    /// <summary>The next thing is due then; <see cref="long.MaxValue"/> = nothing.</summary>
    public void Due(long at, long now)
    {
        if (at != _dueAt)
        {
            _dueAt = at;
            _timer.Change(at == long.MaxValue ? Timeout.InfiniteTimeSpan : Wait(now, at), Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    // Rounded up to what timers know: one that comes early would find nothing to do.
    private TimeSpan Wait(long now, long at) => TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, _time.GetElapsedTime(now, at).TotalMilliseconds)));
}
