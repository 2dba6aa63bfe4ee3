namespace AkkaPerf.Simulations.Caching;

/// <summary>How many of a hundred are hits.</summary>
internal static class HitRatio
{
    public static double Of(ICacheSimulator cache, IEnumerable<int> trace)
    {
        var (hits, asked) = (0L, 0L);
        foreach (var key in trace)
        {
            asked++;
            hits += cache.Access(key) ? 1 : 0;
        }

        return 100.0 * hits / asked;
    }

    /// <summary>Our cache's, cold, as the mean of so many seeds for trace and cache.</summary>
    public static double OfOurs(int capacity, int seeds, Func<int, IEnumerable<int>> trace)
    {
        var sum = 0.0;
        for (var seed = 1; seed <= seeds; seed++)
        {
            using var cache = new OurCache(capacity, seed);
            sum += Of(cache, trace(seed));
        }

        return sum / seeds;
    }
}
