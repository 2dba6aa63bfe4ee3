using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Maglev hashing (Eisenbud et al. 2016): one look into a table that all backends share evenly; when one comes or goes a few more keys move than with a ring.</summary>
internal struct MaglevWalk : IHashWalk<MaglevWalk>
{
    private static readonly Func<BackendMembers, MaglevTable> Build = static members => new MaglevTable(members);

    private readonly MaglevTable _table;
    private readonly ulong _hash;
    private ulong _at;
    private ulong _step;

    // The upper half of a product is as even as a remainder, and quicker.
    private MaglevWalk(MaglevTable table, ulong hash)
    {
        _table = table;
        _hash = hash;
        _at = Math.BigMul(hash, (ulong)table.Count, out _);
    }

    public static void Prepare(BackendMembers members) => members.Build(Build);

    public static bool TryBegin(BackendMembers members, ulong hash, out MaglevWalk walk)
    {
        var table = members.Table(Build);
        walk = table is null ? default : new MaglevWalk(table, hash);
        return table is not null;
    }

    public int Next()
    {
        var owner = _table.OwnerAt((int)_at);
        var count = (ulong)_table.Count;

        // The table's size is prime, so a walk of any step comes to every place. Most go no further than to the first.
        _step = _step == 0 ? 1 + Math.BigMul(StableHash.Mix(_hash), count - 1, out _) : _step;
        _at += _step;
        _at = _at < count ? _at : _at - count;
        return owner;
    }
}
