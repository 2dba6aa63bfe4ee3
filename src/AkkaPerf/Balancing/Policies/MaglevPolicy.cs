using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Maglev hashing (Eisenbud et al. 2016): one look into a table that all backends share evenly; when one comes or goes a few more keys move than with a ring.</summary>
internal sealed class MaglevPolicy(double bound) : HashPolicy<MaglevTable>(bound)
{
    protected override Func<BackendMembers, MaglevTable> BuildTable { get; } = static members => new MaglevTable(members);

    // The table's size is prime, so a walk of any step comes to every place. The upper half of a product is as even as a remainder, and quicker.
    protected override (ulong At, ulong Step) Begin(MaglevTable table, ulong hash) =>
        (Math.BigMul(hash, (ulong)table.Count, out _), 1 + Math.BigMul(StableHash.Mix(hash), (ulong)(table.Count - 1), out _));

    protected override Backend Next(MaglevTable table, ref (ulong At, ulong Step) walk)
    {
        var backend = table[(int)walk.At];
        walk.At += walk.Step;
        walk.At = walk.At < (ulong)table.Count ? walk.At : walk.At - (ulong)table.Count;
        return backend;
    }
}
