using System.Numerics;
using System.Runtime.Intrinsics;
using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>The ring of a consistent hash: points in order, and where each slice of the range of hashes begins, so that finding one is a look or two.</summary>
internal sealed class HashRing
{
    // As many points for a unit of weight as nginx and Pingora give; fewer where there would be too many to keep near.
    private const int PointsPerWeight = 160;
    private const int MostPoints = 1 << 18;

    // Hashes have no sign, what the processor compares side by side has: with the highest bit turned around both are in the same order.
    private const ulong Sign = 1UL << 63;

    private readonly int[] _owners;

    // In that order; behind them a few that are above every hash, so that it may be read beyond the last.
    private readonly long[] _points;
    private readonly int[] _slices;
    private readonly int _shift;

    public HashRing(BackendMembers members)
    {
        var total = members.All.Sum(static member => (long)member.Weight);
        var points = new List<(ulong Point, Backend Owner)>();
        foreach (var (backend, weight) in members.All)
        {
            // A backend without weight is never eligible; one with little has one point at least.
            var count = weight == 0 ? 0 : Math.Max(1, (int)(weight * Math.Min(PointsPerWeight, (double)MostPoints / total)));
            for (var i = 0; i < count; i++)
            {
                points.Add((StableHash.Of(backend.Id, (ulong)i), backend));
            }
        }

        points.Sort(static (one, other) => one.Point != other.Point ? one.Point.CompareTo(other.Point) : string.CompareOrdinal(one.Owner.Id, other.Owner.Id));
        _points = [.. points.Select(static point => (long)(point.Point ^ Sign)), .. Enumerable.Repeat(long.MaxValue, Vector256<long>.Count)];
        _owners = [.. points.Select(static point => point.Owner.Slot)];
        var bits = Math.Max(1, (int)Math.Log2(Math.Max(2, Count)));
        _shift = 64 - bits;
        _slices = new int[1 << bits];
        var at = 0;
        for (var slice = 0; slice < _slices.Length; slice++)
        {
            while (at < Count && _points[at] < (long)(((ulong)slice << _shift) ^ Sign))
            {
                at++;
            }

            _slices[slice] = at;
        }
    }

    public int Count => _owners.Length;

    /// <summary>The number of the backend whose point that is.</summary>
    public int OwnerAt(int index) => _owners[index];

    /// <summary>The first point at or after a hash, around the ring.</summary>
    public int After(ulong hash)
    {
        // In a slice there is one point on average, and nobody can foresee how many: four are compared at once, and hardly ever do more follow.
        var at = _slices[hash >> _shift];
        var wanted = (long)(hash ^ Sign);
        var before = Vector256.LessThan(Vector256.Create<long>(_points.AsSpan(at, Vector256<long>.Count)), Vector256.Create(wanted));
        var count = BitOperations.PopCount(before.ExtractMostSignificantBits());
        at += count;
        if (count == Vector256<long>.Count)
        {
            while (_points[at] < wanted)
            {
                at++;
            }
        }

        return at == Count ? 0 : at;
    }
}
