using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>One pool's figures. Each is right by itself; they are not taken at one moment.</summary>
/// <param name="Backend">Where its connections lead.</param>
/// <param name="Open">Connections that are open.</param>
/// <param name="Idle">Open connections that wait for somebody.</param>
/// <param name="Leased">Open connections that somebody has.</param>
/// <param name="Opening">Connects under way.</param>
/// <param name="Waiting">Those who wait for a connection.</param>
/// <param name="OpenedTotal">Connects that have succeeded.</param>
/// <param name="ClosedTotal">Connections that were closed.</param>
/// <param name="LastConnectFailure">Why connects fail; null once one has succeeded since.</param>
public sealed record ConnectionPoolSnapshot(
    Backend Backend,
    int Open,
    int Idle,
    int Leased,
    int Opening,
    int Waiting,
    long OpenedTotal,
    long ClosedTotal,
    Exception? LastConnectFailure)
{
    /// <summary>Connects that were given up and told to stop, but have not ended: the factory ignores its token, or hangs.</summary>
    public int Hanging { get; init; }

    /// <summary>Waits that ended without a connection in time.</summary>
    public long Timeouts { get; init; }

    /// <summary>Connections that the pool may have.</summary>
    public int Max { get; init; }

    /// <summary>Connections that it keeps open and idle.</summary>
    public int MinIdle { get; init; }
}
