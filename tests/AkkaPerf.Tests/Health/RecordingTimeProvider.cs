using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Health;

/// <summary>Virtual time that keeps the delays its timers were armed with, and can refuse to arm one.</summary>
internal sealed class RecordingTimeProvider : FakeTimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<TimeSpan> _armed = [];
    private Exception? _nextFailure;

    public IReadOnlyList<TimeSpan> Armed
    {
        get
        {
            lock (_gate)
            {
                return [.. _armed];
            }
        }
    }

    public TimeSpan LastArmed => Armed[^1];

    public void FailNextTimer(Exception exception) => _nextFailure = exception;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (Interlocked.Exchange(ref _nextFailure, null) is { } failure)
        {
            throw failure;
        }

        lock (_gate)
        {
            _armed.Add(dueTime);
        }

        return base.CreateTimer(callback, state, dueTime, period);
    }
}
