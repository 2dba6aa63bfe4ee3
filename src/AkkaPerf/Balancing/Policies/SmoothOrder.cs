using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>nginx's smooth weighted round robin, computed in advance: 5:1:1 gives a a b a c a a.</summary>
/// <remarks>Each round everyone gains its weight, the greatest is picked and loses the sum of all. After that sum of picks it is where it began.</remarks>
internal sealed class SmoothOrder : WeightedOrder
{
    private readonly ushort[] _order;

    public SmoothOrder(int[] weights)
    {
        var total = weights.Sum();
        _order = new ushort[total];

        // Those of one weight take turns, so only the first of each weight is compared: of 4,096 picks there are ninety weights at most.
        var classes = weights.Select(static (weight, index) => (weight, index)).Where(static item => item.weight > 0)
            .GroupBy(static item => item.weight, static item => (ushort)item.index)
            .Select(static members => new WeightClass(members.Key, [.. members]))
            .ToArray();
        for (var turn = 0; turn < total; turn++)
        {
            var best = classes[0];
            foreach (var one in classes)
            {
                one.Current += one.Weight;
                if (one.Current > best.Current || (one.Current == best.Current && one.First < best.First))
                {
                    best = one;
                }
            }

            _order[turn] = best.Take(total);
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

    public override int Take(ref Turn turn) => _order[turn.Take() % (uint)_order.Length];

    /// <summary>All backends of one weight, in their order, and what the next of them has gained.</summary>
    private sealed class WeightClass(int weight, ushort[] members)
    {
        private int _next;

        public int Weight => weight;

        public long Current { get; set; }

        public ushort First => members[_next];

        // Whoever follows has the same, until all have been picked as often.
        public ushort Take(long total)
        {
            var taken = members[_next];
            _next++;
            if (_next == members.Length)
            {
                _next = 0;
                Current -= total;
            }

            return taken;
        }
    }
}
