using AkkaPerf.Backends;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>One connection of a pool from its connect to its end; never used for a second connection.</summary>
/// <remarks>Every field belongs to whoever holds the pool's gate, except those that never change and <see cref="Cancellation"/>.</remarks>
internal sealed class PooledConnection
{
    public PooledConnection(Backend backend, PoolInbox inbox)
    {
        Backend = backend;
        Inbox = inbox;
    }

    public Backend Backend { get; }

    public PoolInbox Inbox { get; }

    /// <summary>Ends the connect. Without a timer of its own it holds nothing that would need disposing.</summary>
    public CancellationTokenSource Cancellation { get; } = new();

    public SlotState State { get; set; }

    /// <summary>The connection; null until it is open.</summary>
    public object? Connection { get; set; }

    /// <summary>Grows with every lease and when a lease is taken back by force: a release counts only with the current one.</summary>
    public int Epoch { get; set; }

    /// <summary>When it came into its state.</summary>
    public long Since { get; set; }

    /// <summary>When somebody last gave it back, or it was opened: how long it has been idle.</summary>
    public long UsedAt { get; set; }

    /// <summary>When it last worked, as far as is known: at its use, or at a check since.</summary>
    public long ProvenAt { get; set; }

    /// <summary>How long it may be unproven while idle; differs a little from connection to connection.</summary>
    public long KeepAlive { get; set; } = long.MaxValue;

    /// <summary>When its connect, check or close is given up.</summary>
    public long Deadline { get; set; }

    /// <summary>When it is too old to be used again.</summary>
    public long RetireAt { get; set; }

    /// <summary>Who has it; null unless leased.</summary>
    public ILeaseWaiter? Holder { get; set; }

    /// <summary>Whether its check takes so long that nobody waits for it any more.</summary>
    public bool IsSlow { get; set; }

    /// <summary>Whether its lease has been reported as held too long.</summary>
    public bool IsReported { get; set; }

    /// <summary>Its place in the pool's list, so that it leaves that in constant time.</summary>
    public int Index { get; set; }
}
