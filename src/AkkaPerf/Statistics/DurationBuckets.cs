using System.Numerics;

namespace AkkaPerf.Statistics;

/// <summary>How durations are sorted into buckets: eight to each power of two microseconds, so that a quantile is at most an eighth off.</summary>
internal static class DurationBuckets
{
    private const int SubBits = 3;
    private const int MaxBits = 32;

    /// <summary>Up to 71 minutes; what is longer counts as that.</summary>
    public const int Count = (MaxBits - SubBits + 1) << SubBits;

    public static int Of(double microseconds)
    {
        var value = (ulong)Math.Clamp(microseconds, 0, uint.MaxValue);
        var shift = Math.Max(0, BitOperations.Log2(value | 1) - SubBits);
        return (shift << SubBits) + (int)(value >> shift);
    }

    /// <summary>The middle of a bucket.</summary>
    public static TimeSpan MiddleOf(int bucket)
    {
        var shift = Math.Max(0, (bucket >> SubBits) - 1);
        var from = (long)(bucket - (shift << SubBits)) << shift;
        return TimeSpan.FromMicroseconds(from + ((1L << shift) / 2.0));
    }
}
