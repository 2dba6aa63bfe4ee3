using AkkaPerf.Backends;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>One connection, assigned once. A lease of its own per assignment, so that a late second release cannot hit the next holder.</summary>
internal sealed class PoolLease : Lease
{
    private int _isReleased;

    public PoolLease(PooledConnection slot)
    {
        Slot = slot;
        Epoch = slot.Epoch;
        Connection = slot.Connection!;
    }

    public PooledConnection Slot { get; }

    public int Epoch { get; }

    /// <summary>Whether its holder found the connection broken; set before the release is posted.</summary>
    public bool IsBroken { get; private set; }

    public override Backend Backend => Slot.Backend;

    public override object Connection { get; }

    public override void Release(bool isBroken)
    {
        if (Interlocked.Exchange(ref _isReleased, 1) != 0)
        {
            return;
        }

        IsBroken = isBroken;
        var inbox = Slot.Inbox;
        if (isBroken || inbox.Shortcut?.Invoke(this) != true)
        {
            inbox.Post(PoolSignal.Released(this));
        }
    }
}
