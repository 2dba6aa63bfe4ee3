using System.Runtime.CompilerServices;

namespace AkkaPerf.Statistics;

/// <summary>Counts durations in buckets, since its beginning. Any thread.</summary>
/// <remarks>
/// Plain additions, mostly of one thread: of two at the same moment one may get lost, which no quantile shows. About a kilobyte, all in one object:
/// counting reads nothing but the bucket.
/// </remarks>
internal sealed class DurationHistogram
{
    private BucketCounts _counts;

    /// <summary>Counts one.</summary>
    public void Add(double microseconds) => Count(DurationBuckets.Of(microseconds));

    /// <summary>Counts one of a bucket.</summary>
    public void Count(int bucket) => _counts[bucket]++;

    /// <summary>Asks for the memory of a bucket, which soon will be counted.</summary>
    public void Expect(int bucket) => CacheLines.Ask(in _counts[bucket]);

    /// <summary>What was counted until now.</summary>
    public DurationSnapshot Snapshot() => new(((ReadOnlySpan<int>)_counts).ToArray());

    [InlineArray(DurationBuckets.Count)]
    private struct BucketCounts
    {
        private int _first;
    }
}
