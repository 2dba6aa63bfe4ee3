using System.Runtime.InteropServices;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>One thing that happened to a pool. A struct, so that neither an acquire nor a release allocates on its way in.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct PoolSignal
{
    private readonly object? _subject;
    private readonly object? _detail;

    private readonly long _number;

    private PoolSignal(PoolSignalKind kind, object? subject, object? detail = null, long number = 0)
    {
        Kind = kind;
        _number = number;
        _subject = subject;
        _detail = detail;
    }

    public PoolSignalKind Kind { get; }

    public ILeaseWaiter Waiter => (ILeaseWaiter)_subject!;

    public PoolLease Lease => (PoolLease)_subject!;

    public PooledConnection Slot => (PooledConnection)_subject!;

    public object Connection => _detail!;

    public Exception Cause => (Exception)_detail!;

    /// <summary>When it was asked for, as a timestamp: time spent in the inbox counts.</summary>
    public long At => _number;

    public ConnectionLimit Limit => (ConnectionLimit)_subject!;

    public static PoolSignal Acquire(ILeaseWaiter waiter, long at) => new(PoolSignalKind.Acquire, waiter, number: at);

    public static PoolSignal Abandoned(ILeaseWaiter waiter) => new(PoolSignalKind.Abandoned, waiter);

    public static PoolSignal Released(PoolLease lease) => new(PoolSignalKind.Released, lease);

    public static PoolSignal Opened(PooledConnection slot, object connection) => new(PoolSignalKind.Opened, slot, connection);

    public static PoolSignal OpenFailed(PooledConnection slot, Exception cause) => new(PoolSignalKind.OpenFailed, slot, cause);

    public static PoolSignal Checked(PooledConnection slot, bool isUsable) => new(isUsable ? PoolSignalKind.Usable : PoolSignalKind.Unusable, slot);

    public static PoolSignal Closed(PooledConnection slot) => new(PoolSignalKind.Closed, slot);

    public static PoolSignal BackendIsBack() => new(PoolSignalKind.BackendIsBack, null);

    public static PoolSignal ProbedUp() => new(PoolSignalKind.ProbedUp, null);

    public static PoolSignal Resize(ConnectionLimit limit) => new(PoolSignalKind.Resize, limit);

    public static PoolSignal TimerFired() => new(PoolSignalKind.TimerFired, null);
}
