namespace AkkaPerf.Balancing.Policies;

/// <summary>nginx's smooth weighted round robin, computed in advance: 5:1:1 gives a a b a c a a.</summary>
/// <remarks>Each round everyone gains its weight, the greatest is picked and loses the sum of all. After that sum of picks it is where it began.</remarks>
internal sealed class SmoothOrder : WeightedOrder
{
    private readonly ushort[] _order;

    public SmoothOrder(int[] weights)
    {
        var total = weights.Sum();
        var current = new int[weights.Length];
        _order = new ushort[total];
        for (var turn = 0; turn < total; turn++)
        {
            var best = -1;
            for (var i = 0; i < weights.Length; i++)
            {
                current[i] += weights[i];
                if (weights[i] > 0 && (best < 0 || current[i] > current[best]))
                {
                    best = i;
                }
            }

            current[best] -= total;
            _order[turn] = (ushort)best;
        }
    }

    private SmoothOrder(ushort[] order) => _order = order;

    /// <summary>That of so many with the same weight: one after the other, without computing what comes of it.</summary>
    public static SmoothOrder Even(int count)
    {
        var order = new ushort[count];
        for (var i = 0; i < count; i++)
        {
            order[i] = (ushort)i;
        }

        return new SmoothOrder(order);
    }

    /// <summary>All of it.</summary>
    public ReadOnlySpan<ushort> Order => _order;

    public override int Take(ref uint position) => _order[(Interlocked.Increment(ref position) - 1) % (uint)_order.Length];
}
