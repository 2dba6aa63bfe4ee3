using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>Chooses a backend. One instance serves one pipeline and is called by one thread at a time.</summary>
public interface IBalancingPolicy
{
    /// <summary>Picks one of <paramref name="candidates"/>; must not block, should not allocate.</summary>
    /// <param name="candidates">The eligible backends, never empty.</param>
    /// <returns>The index of the picked one.</returns>
    int Pick(ReadOnlySpan<BackendStatus> candidates);
}
