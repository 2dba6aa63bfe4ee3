using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>What a lease stands for; used again, and the epoch tells whose turn it is.</summary>
internal sealed class PickCell
{
    private long _assignedAt;
    private int _epoch;

    public Backend Backend { get; private set; } = null!;

    /// <summary>Begins its next use; the epoch of it.</summary>
    public int Begin(Backend backend, long now)
    {
        Backend = backend;
        _assignedAt = now;
        return Volatile.Read(ref _epoch);
    }

    /// <summary>Ends a use; false if that has been done.</summary>
    public bool TryEnd(int epoch, out Backend backend, out long assignedAt)
    {
        // Read before the claim: afterwards it may be somebody else's. If the claim fails, what was read is of no use, and not used.
        (backend, assignedAt) = (Backend, _assignedAt);
        return Interlocked.CompareExchange(ref _epoch, unchecked(epoch + 1), epoch) == epoch;
    }
}
