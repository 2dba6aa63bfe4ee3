using AkkaPerf.Connections;

namespace AkkaPerf.Pipeline;

/// <summary>The public door to a pipeline's pools, which its supervisor starts a moment after it.</summary>
internal sealed class PipelineConnections : IPipelineConnections
{
    private readonly PipelineCore _core;
    private readonly ConnectionLimits _limits;

    public PipelineConnections(PipelineCore core, ConnectionLimits limits)
    {
        _core = core;
        _limits = limits;
    }

    public IReadOnlyList<ConnectionPoolSnapshot> Current => _core.Pools?.Snapshot() ?? [];

    public void Resize(int maxPerBackend, int minIdle)
    {
        _limits.Set(maxPerBackend, minIdle);
        Apply();
    }

    public void Resize(string backendId, int max, int minIdle)
    {
        ArgumentException.ThrowIfNullOrEmpty(backendId);
        _limits.SetFor(backendId, max, minIdle);
        Apply();
    }

    private void Apply()
    {
        // Pairs with the supervisor, which shows the pools and then lets them read the limits: one of the two sees the other.
        Interlocked.MemoryBarrier();
        _core.Pools?.ApplyLimits();
        _core.Directory?.ApplyConnectionLimits();
    }
}
