using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A clock that stands still until it is told to go on, and tells who waits on it.</summary>
internal sealed class StillTime : FakeTimeProvider
{
    private readonly ConcurrentDictionary<TimeSpan, SemaphoreSlim> _waits = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Of(dueTime).Release();
        return timer;
    }

    /// <summary>Ends when somebody has begun to wait for this long.</summary>
    public async Task WaitedForAsync(TimeSpan due) =>
        Assert.True(await Of(due).WaitAsync(TimeSpan.FromSeconds(30)), $"Nobody waits for {due}");

    private SemaphoreSlim Of(TimeSpan due) => _waits.GetOrAdd(due, static _ => new SemaphoreSlim(0));
}
