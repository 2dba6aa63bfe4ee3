namespace AkkaPerf.Connections;

/// <summary>When a pool's state is to be looked at next; may be too early, never too late.</summary>
internal sealed class PoolSchedule
{
    public long Next { get; private set; } = long.MaxValue;

    /// <summary>Asks to be looked at by then.</summary>
    public void Due(long at) => Next = Math.Min(Next, at);

    /// <summary>Begins a look, which asks anew for the next.</summary>
    public void Clear() => Next = long.MaxValue;
}
