namespace AkkaPerf.Simulations.Balancing;

/// <summary>Time that passes from event to event: what is due at one moment runs in the order in which it was asked for.</summary>
internal sealed class VirtualClock : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _now;
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Now => TimeSpan.FromTicks(_now);

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Epoch + Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void After(TimeSpan wait, Action action) => _events.Enqueue(action, (_now + Math.Max(0, wait.Ticks), _order++));

    public void At(TimeSpan time, Action action) => After(time - Now, action);

    public void RunUntil(TimeSpan end)
    {
        while (_events.TryPeek(out var action, out var due) && due.At <= end.Ticks)
        {
            _events.Dequeue();
            _now = due.At;
            action();
        }

        _now = end.Ticks;
    }

    private sealed class VirtualTimer(VirtualClock clock, Action callback) : ITimer
    {
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                clock.After(dueTime, () => Fire(version, period));
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int version, TimeSpan period)
        {
            if (version != _version)
            {
                return;
            }

            if (period > TimeSpan.Zero)
            {
                clock.After(period, () => Fire(version, period));
            }

            callback();
        }
    }
}
