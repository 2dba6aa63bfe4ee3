namespace AkkaPerf.Tests.Statistics;

/// <summary>Whether picks come as often as they should (Pearson 1900).</summary>
internal static class ChiSquared
{
    /// <summary>Fails if chance alone would deviate as much less than once in ten thousand times.</summary>
    /// <param name="shares">How often each should come, beside the others.</param>
    /// <param name="picks">What came, numbered from 0.</param>
    /// <param name="count">How many there are to pick.</param>
    public static void AssertFits(IEnumerable<double> shares, IEnumerable<int> picks, int count)
    {
        var wanted = shares.ToArray();
        var came = new int[count];
        var total = 0;
        foreach (var pick in picks)
        {
            came[pick]++;
            total++;
        }

        var statistic = 0.0;
        for (var i = 0; i < count; i++)
        {
            var expected = total * wanted[i] / wanted.Sum();
            if (expected == 0)
            {
                Assert.Equal(0, came[i]);
                continue;
            }

            statistic += (came[i] - expected) * (came[i] - expected) / expected;
        }

        // Wilson and Hilferty's approximation of the distribution, at 3.72 standard deviations.
        var freedom = wanted.Count(static share => share > 0) - 1;
        var limit = freedom == 0 ? 0 : freedom * Math.Pow(1 - (2.0 / (9 * freedom)) + (3.72 * Math.Sqrt(2.0 / (9 * freedom))), 3);
        Assert.True(statistic <= limit, $"chi squared is {statistic:F1}, more than {limit:F1}: {string.Join(' ', came)}");
    }
}
