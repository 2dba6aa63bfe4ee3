using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>The connections to one backend, as the stage sees them. Any thread; nothing blocks.</summary>
internal interface IBackendPool
{
    ConnectionPoolSnapshot Snapshot { get; }

    /// <summary>Whether nobody drives it any more: it has ended, or its actor was stopped by others.</summary>
    bool IsDead { get; }

    /// <summary>Lends an idle connection at once, if that is all there is to do; else null, and whoever needs one asks by <see cref="Acquire"/>.</summary>
    /// <param name="waiter">Who will have it; is neither granted nor refused.</param>
    Lease? TryAcquire(ILeaseWaiter waiter);

    /// <summary>Asks for a connection; the pool ends the wait exactly once, perhaps before this returns.</summary>
    void Acquire(ILeaseWaiter waiter);

    /// <summary>Says that somebody has just found the backend up: connects that back off start now.</summary>
    void BackendIsBack();

    /// <summary>Says that a probe has found the backend up: if connects fail, the next one starts now. Cheap if they do not.</summary>
    void ProbedUp();

    /// <summary>Says that a waiter is abandoned; its wait is ended soon, if it has not ended yet.</summary>
    void Abandoned(ILeaseWaiter waiter);
}
