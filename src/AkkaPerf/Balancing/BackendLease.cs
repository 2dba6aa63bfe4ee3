using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>One exchange that a <see cref="Balancer"/> has given to a backend; to be completed exactly once, further times do nothing.</summary>
public readonly struct BackendLease
{
    private readonly Balancer? _balancer;
    private readonly PickCell? _cell;
    private readonly int _epoch;

    internal BackendLease(Balancer balancer, PickCell cell, int epoch)
    {
        _balancer = balancer;
        _cell = cell;
        _epoch = epoch;
        Backend = cell.Backend;
    }

    /// <summary>The backend; null in a lease that was never given.</summary>
    public Backend Backend { get; }

    /// <summary>Says how it went: what the policies learn from. A caller that went away is <see cref="BackendOutcome.Cancelled"/>, which is no failure.</summary>
    public void Complete(BackendOutcome outcome)
    {
        if (_cell is not null)
        {
            _balancer!.Complete(_cell, _epoch, outcome);
        }
    }
}
