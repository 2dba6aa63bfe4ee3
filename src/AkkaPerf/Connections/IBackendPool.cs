using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>The connections to one backend, as the stage sees them. Any thread; nothing blocks.</summary>
internal interface IBackendPool
{
    ConnectionPoolSnapshot Snapshot { get; }

    /// <summary>Asks for a connection; the pool ends the wait exactly once, perhaps before this returns.</summary>
    void Acquire(ILeaseWaiter waiter);

    /// <summary>Says that a waiter is abandoned; its wait is ended soon, if it has not ended yet.</summary>
    void Abandoned(ILeaseWaiter waiter);
}
