using AkkaPerf.Exchanges;

namespace AkkaPerf.Tests.Connections;

/// <summary>Notes how its wait ended, and how often.</summary>
internal sealed class StubWaiter : ILeaseWaiter
{
    private readonly TaskCompletionSource<Lease?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _endings;

    public long Deadline { get; init; } = long.MaxValue;

    public bool IsAbandoned { get; set; }

    public bool PrefersFailure { get; init; }

    public string? Holder { get; init; }

    public int Endings => Volatile.Read(ref _endings);

    public Lease? Lease { get; private set; }

    public Exception? Cause { get; private set; }

    public TimeSpan RetryAfter { get; private set; }

    public bool IsConnectFailure { get; private set; }

    /// <summary>Whether its lease has been given back.</summary>
    public bool IsReleased { get; set; }

    /// <summary>The lease, or null if refused.</summary>
    public Task<Lease?> End => _end.Task;

    public bool IsGranted => Endings == 1 && Lease is not null;

    public bool IsRefused => Endings == 1 && Lease is null;

    public void Granted(Lease lease)
    {
        Lease = lease;
        Interlocked.Increment(ref _endings);
        _end.TrySetResult(lease);
    }

    public void Refused(Exception? cause, bool isConnectFailure, TimeSpan retryAfter)
    {
        Cause = cause;
        RetryAfter = retryAfter;
        IsConnectFailure = isConnectFailure;
        Interlocked.Increment(ref _endings);
        _end.TrySetResult(null);
    }
}
