namespace AkkaPerf.Statistics;

/// <summary>Counts durations in buckets, since its beginning. Any thread.</summary>
/// <remarks>Plain additions, mostly of one thread: of two at the same moment one may get lost, which no quantile shows. Nothing is allocated before the first.</remarks>
internal sealed class DurationHistogram
{
    private int[]? _counts;

    /// <summary>Counts one.</summary>
    public void Add(double microseconds)
    {
        var counts = _counts ?? Begin();
        counts[DurationBuckets.Of(microseconds)]++;
    }

    /// <summary>What was counted until now.</summary>
    public DurationSnapshot Snapshot() => Volatile.Read(ref _counts) is { } counts ? new DurationSnapshot((int[])counts.Clone()) : DurationSnapshot.Empty;

    private int[] Begin()
    {
        var counts = new int[DurationBuckets.Count];
        return Interlocked.CompareExchange(ref _counts, counts, comparand: null) ?? counts;
    }
}
