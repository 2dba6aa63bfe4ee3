using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>The connections to one backend. Any thread; never blocks.</summary>
internal interface IBackendPool
{
    /// <summary>Lets a waiter wait for a lease; it is ended exactly once.</summary>
    void Acquire(ILeaseWaiter waiter);

    /// <summary>Says that a waiter's wait is abandoned, so that it is ended soon.</summary>
    void Abandoned(ILeaseWaiter waiter);
}
