using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>In which order a weighted round robin picks.</summary>
internal abstract class WeightedOrder
{
    /// <summary>The longest exact order; a longer one would not fit the caches, and is not needed: its shares are fine enough by stride.</summary>
    public const int Longest = 4096;

    /// <summary>The exact order where it is short enough.</summary>
    public static WeightedOrder Of(BackendGroup group)
    {
        if (group.HasEqualShares && group.Count <= ushort.MaxValue)
        {
            return SmoothOrder.Even(group.Count);
        }

        var shares = new int[group.Count];
        var divisor = 0;
        for (var i = 0; i < shares.Length; i++)
        {
            shares[i] = group[i].Share;
            divisor = GreatestCommonDivisor(divisor, shares[i]);
        }

        return group.TotalShare / divisor <= Longest ? new SmoothOrder(Array.ConvertAll(shares, share => share / divisor)) : new StrideOrder(shares, WeightedDraw.Build(group));
    }

    /// <summary>The next one's index.</summary>
    /// <param name="turn">Whose turn it is; goes on.</param>
    public abstract int Take(ref Turn turn);

    private static int GreatestCommonDivisor(int one, int other)
    {
        while (other != 0)
        {
            (one, other) = (other, one % other);
        }

        return one;
    }
}
