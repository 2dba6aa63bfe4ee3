namespace AkkaPerf.Tests.Ingress;

/// <summary>A clock that lets something happen just when it is asked, or one of its timers is set.</summary>
internal sealed class CallbackTimeProvider(TimeProvider inner) : TimeProvider
{
    public Action? OnChange { get; set; }

    public Action? OnTimestamp { get; set; }

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override long GetTimestamp()
    {
        OnTimestamp?.Invoke();
        return inner.GetTimestamp();
    }

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, inner.CreateTimer(callback, state, dueTime, period));

    private sealed class Timer(CallbackTimeProvider owner, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.OnChange?.Invoke();
            return timer.Change(dueTime, period);
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
