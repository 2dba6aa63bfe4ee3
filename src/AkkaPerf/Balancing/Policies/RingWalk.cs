using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Consistent hashing by a ring of points, many of each backend: a key belongs to the point that follows its hash (Karger et al. 1997).</summary>
/// <remarks>When a backend comes or goes only the keys next to its points move.</remarks>
internal struct RingWalk : IHashWalk<RingWalk>
{
    private static readonly Func<BackendMembers, HashRing> Build = static members => new HashRing(members);

    private readonly HashRing _ring;
    private int _at;

    private RingWalk(HashRing ring, ulong hash)
    {
        _ring = ring;
        _at = ring.After(hash);
    }

    public static void Prepare(BackendMembers members) => members.Build(Build);

    public static bool TryBegin(BackendMembers members, ulong hash, out RingWalk walk)
    {
        var ring = members.Table(Build);
        walk = ring is null ? default : new RingWalk(ring, hash);
        return ring is not null;
    }

    public int Next()
    {
        var owner = _ring.OwnerAt(_at);
        _at = _at + 1 == _ring.Count ? 0 : _at + 1;
        return owner;
    }
}
