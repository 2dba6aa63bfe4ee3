using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Maglev hashing (Eisenbud et al. 2016): one look into a table that all backends share evenly; when one comes or goes a few more keys move than with a ring.</summary>
internal sealed class MaglevPolicy(double bound) : HashPolicy<MaglevTable>(bound)
{
    protected override Func<BackendMembers, MaglevTable> BuildTable { get; } = static members => new MaglevTable(members);

    // The table's size is prime, so a walk of any step comes to every place.
    protected override (ulong At, ulong Step) Begin(MaglevTable table, ulong hash) =>
        (hash % (ulong)table.Count, 1 + (StableHash.Mix(hash) % (ulong)(table.Count - 1)));

    protected override Backend Next(MaglevTable table, ref (ulong At, ulong Step) walk)
    {
        var backend = table[(int)walk.At];
        walk.At = (walk.At + walk.Step) % (ulong)table.Count;
        return backend;
    }
}
