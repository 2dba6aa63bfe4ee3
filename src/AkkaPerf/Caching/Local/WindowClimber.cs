namespace AkkaPerf.Caching.Local;

/// <summary>Decides how much of the cache is the window, by what a place is worth on either side of the border; under the cache's lock.</summary>
/// <remarks>
/// Problem: with a small window W-TinyLFU loses where what is used again is used soon; with a large one where popularity lasts. Caffeine
/// climbs by trying steps and watching the hit rate, which in a small cache is mostly noise and leads nowhere from a plain. Rule: count
/// what can be counted instead. A larger window would have found those ghosts that came back in time; it costs the main part what is found
/// in probation, per entry. A smaller one loses what is found in the window's older half. The window moves where the difference is
/// largest, if it is more than chance. Cost: constant, once in a period.
/// </remarks>
internal sealed class WindowClimber
{
    // How much larger a window is considered, as parts of the cache.
    private static readonly double[] Steps = [1 / 128.0, 1 / 64.0, 1 / 32.0, 1 / 16.0, 1 / 8.0, 1 / 4.0, 3 / 8.0, 1 / 2.0, 5 / 8.0, 3 / 4.0, 7 / 8.0, 15 / 16.0];

    // How many standard deviations a difference must have to be believed.
    private static readonly double Confidence = double.Parse(Environment.GetEnvironmentVariable("CONF") ?? "3");

    private static readonly double GConf = double.Parse(Environment.GetEnvironmentVariable("GCONF") ?? "3");
    private static readonly double Keep = double.Parse(Environment.GetEnvironmentVariable("KEEP") ?? "0.95");

    private static readonly int SmallestStep = int.Parse(Environment.GetEnvironmentVariable("SS") ?? "64");
    private static readonly int SmallMain = int.Parse(Environment.GetEnvironmentVariable("SM") ?? "8");

    private readonly double[] _returned = new double[Steps.Length];
    private double _oldHits;
    private double _probationHits;
    private double _protectedHits;

    public void OnGhost(long distance, int scale, int reach)
    {
        for (var i = Steps.Length - 1; i >= 0 && distance <= Steps[i] * reach; i--)
        {
            _returned[i] += scale;
        }
    }

    public void OnOldHit() => _oldHits++;

    public void OnProbationHit() => _probationHits++;

    public void OnProtectedHit() => _protectedHits++;

    /// <summary>By how many entries the window should grow, less than 0 to shrink; a new period begins.</summary>
    /// <param name="reach">Entries that the cache can hold.</param>
    /// <param name="main">Entries that the main part can hold.</param>
    /// <param name="old">Entries in the window's older half.</param>
    /// <param name="probation">Entries in probation.</param>
    public int Decide(int reach, int main, int old, int probation)
    {
        var best = 0.0;
        var change = 0;
        // A small main part is all of it as good as what would be added to it, and more to count than its probation.
        var isSmall = main < reach / SmallMain;
        var found = _probationHits + (isSmall ? _protectedHits : 0);
        var perEntry = 1.0 / Math.Max(1, isSmall ? main : probation);
        for (var i = 0; i < Steps.Length && Steps[i] * reach < main; i++)
        {
            Consider(_returned[i], (int)(Steps[i] * reach));
        }

        // What little is known from a small main part does not tell what a much larger one would find: it doubles at most.
        var less = Math.Min(old, Math.Max(main, reach / SmallestStep));
        Consider(_oldHits * less / Math.Max(1, old), -less);
        // What was seen counts on, so that small differences add up.
        Fade(change == 0 ? Keep : 0);
        return change;

        // Found by the window with so many entries more, or lost with fewer, against what the main part finds with as many.
        void Consider(double window, int entries)
        {
            var size = Math.Abs(entries) * perEntry;
            var net = (window - (found * size)) * Math.Sign(entries);
            var deviation = Math.Sqrt(window + (found * size * size) + 1);
            if (net > best && net > (entries > 0 ? GConf : Confidence) * deviation)
            {
                best = net;
                change = entries;
            }
        }
    }

    private void Fade(double keep)
    {
        foreach (ref var returned in _returned.AsSpan())
        {
            returned *= keep;
        }

        _oldHits *= keep;
        _probationHits *= keep;
        _protectedHits *= keep;
    }
}
