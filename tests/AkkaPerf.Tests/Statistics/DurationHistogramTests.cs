using AkkaPerf.Statistics;

namespace AkkaPerf.Tests.Statistics;

public sealed class DurationHistogramTests
{
    private readonly DurationHistogram _histogram = new();

    [Fact]
    public void A_quantile_is_an_eighth_off_at_most_whatever_was_counted()
    {
        var random = new Random(1);
        var all = Enumerable.Range(0, 5_000).Select(_ => Math.Exp(random.NextDouble() * 20)).Order().ToArray();
        foreach (var microseconds in all)
        {
            _histogram.Add(microseconds);
        }

        var snapshot = _histogram.Snapshot();
        foreach (var part in new[] { 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var exact = all[(int)Math.Ceiling(all.Length * part) - 1];
            Assert.InRange(snapshot.Quantile(part)!.Value.TotalMicroseconds, (exact * 7 / 8) - 1, (exact * 9 / 8) + 1);
        }
    }

    [Fact]
    public void Buckets_follow_one_another_without_a_gap()
    {
        for (var bucket = 0; bucket < DurationBuckets.Count; bucket++)
        {
            Assert.Equal(bucket, DurationBuckets.Of(DurationBuckets.MiddleOf(bucket).TotalMicroseconds));
        }
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(double.MaxValue, DurationBuckets.Count - 1)]
    public void What_is_out_of_range_counts_at_its_end(double microseconds, int bucket) => Assert.Equal(bucket, DurationBuckets.Of(microseconds));

    [Fact]
    public void Of_nothing_there_is_no_quantile()
    {
        Assert.Null(_histogram.Snapshot().Quantile(0.5));
        Assert.Null(DurationSnapshot.Empty.Quantile(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => DurationSnapshot.Empty.Quantile(1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => DurationSnapshot.Empty.Quantile(double.NaN));
    }

    [Fact]
    public void Snapshots_are_subtracted_and_added_up()
    {
        _histogram.Add(10);
        var before = _histogram.Snapshot();
        _histogram.Add(1000);
        _histogram.Add(1000);
        var since = _histogram.Snapshot().Since(before);
        Assert.Equal(2, since.Count);
        Assert.InRange(since.Quantile(0)!.Value.TotalMicroseconds, 875, 1125);
        var both = since.With(before);
        Assert.Equal(3, both.Count);
        Assert.Equal(10.5, both.Quantile(0)!.Value.TotalMicroseconds);
        Assert.Equal(1, before.Count);
    }
}
