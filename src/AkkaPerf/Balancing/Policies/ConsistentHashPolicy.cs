using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>A ring of points, many of each backend: a key belongs to the point that follows its hash (Karger et al. 1997).</summary>
/// <remarks>When a backend comes or goes only the keys next to its points move.</remarks>
internal sealed class ConsistentHashPolicy(double bound) : HashPolicy<HashRing>(bound)
{
    protected override Func<BackendMembers, HashRing> BuildTable { get; } = static members => new HashRing(members);

    protected override (ulong At, ulong Step) Begin(HashRing table, ulong hash) => ((ulong)table.After(hash), 1);

    protected override Backend Next(HashRing table, ref (ulong At, ulong Step) walk)
    {
        var backend = table[(int)walk.At];
        walk.At = walk.At + 1 == (ulong)table.Count ? 0 : walk.At + 1;
        return backend;
    }
}
