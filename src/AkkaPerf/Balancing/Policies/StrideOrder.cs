using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>gRPC's static stride: goes round and round, and each is left out as often as its weight falls short of the greatest.</summary>
/// <remarks>
/// Weights are scaled so that the greatest is 65,535; one far below may get nothing for many rounds, but never nothing at all. Where one weight is
/// far above all others nearly everybody would be left out: after some turns in vain one is drawn, by the same weights.
/// </remarks>
internal sealed class StrideOrder : WeightedOrder
{
    private const uint Greatest = ushort.MaxValue;

    private const int MostTurns = 16;

    private readonly ushort[] _weights;
    private readonly WeightedDraw _draw;

    public StrideOrder(int[] weights, WeightedDraw draw)
    {
        _draw = draw;
        double greatest = weights.Max();
        _weights = Array.ConvertAll(weights, weight => weight == 0 ? (ushort)0 : (ushort)Math.Max(1, Math.Round(weight / greatest * Greatest)));
    }

    public override int Take(ref Turn turn)
    {
        var count = (uint)_weights.Length;
        var taken = 0U;
        for (var left = MostTurns; left > 0; left--)
        {
            taken = turn.Take();
            var (round, index) = Math.DivRem(taken, count);
            var weight = _weights[index];

            // Each has its own offset, so that they are not all left out in the same round.
            var phase = (((ulong)weight * round) + ((ulong)index * (Greatest / 2))) % Greatest;
            if (weight > 0 && phase >= Greatest - weight)
            {
                return (int)index;
            }
        }

        return _draw.Of(StableHash.Mix(StableHash.Mix(taken)));
    }
}
