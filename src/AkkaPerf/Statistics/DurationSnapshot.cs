namespace AkkaPerf.Statistics;

/// <summary>How many durations there were of which length; never changes.</summary>
public sealed class DurationSnapshot
{
    private readonly int[] _counts;

    internal DurationSnapshot(int[] counts)
    {
        _counts = counts;
        foreach (var count in counts)
        {
            Count += (uint)count;
        }
    }

    /// <summary>One of none.</summary>
    public static DurationSnapshot Empty { get; } = new(new int[DurationBuckets.Count]);

    /// <summary>How many there were.</summary>
    public long Count { get; }

    /// <summary>Those that came since an earlier snapshot of the same.</summary>
    public DurationSnapshot Since(DurationSnapshot earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        if (ReferenceEquals(earlier, this))
        {
            return Empty;
        }

        var counts = new int[_counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            // What has run over since is still right in the difference.
            counts[i] = unchecked(_counts[i] - earlier._counts[i]);
        }

        return new DurationSnapshot(counts);
    }

    /// <summary>These and others together.</summary>
    public DurationSnapshot With(DurationSnapshot others)
    {
        ArgumentNullException.ThrowIfNull(others);
        if (others.Count == 0)
        {
            return this;
        }

        var counts = new int[_counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = unchecked(_counts[i] + others._counts[i]);
        }

        return new DurationSnapshot(counts);
    }

    /// <summary>The duration that a part of them did not exceed, an eighth off at most; null if there is none.</summary>
    /// <param name="part">0 to 1, such as 0.99.</param>
    public TimeSpan? Quantile(double part)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(part, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(part, 1);
        var rank = Math.Max(1, (long)Math.Ceiling(Count * part));
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += (uint)_counts[bucket];
            if (seen >= rank)
            {
                return DurationBuckets.MiddleOf(bucket);
            }
        }

        return null;
    }
}
