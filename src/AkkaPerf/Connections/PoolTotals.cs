using System.Runtime.InteropServices;

namespace AkkaPerf.Connections;

/// <summary>What a backend's pools have counted since the pipeline started.</summary>
/// <param name="Opened">Connects that have succeeded.</param>
/// <param name="Closed">Connections that were closed.</param>
/// <param name="Timeouts">Waits that ended without a connection in time.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PoolTotals(long Opened, long Closed, long Timeouts)
{
    public PoolTotals With(ConnectionPoolSnapshot pool) => new(Opened + pool.OpenedTotal, Closed + pool.ClosedTotal, Timeouts + pool.Timeouts);
}
