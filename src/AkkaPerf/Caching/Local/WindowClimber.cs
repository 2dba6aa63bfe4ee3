namespace AkkaPerf.Caching.Local;

/// <summary>Decides how much of the cache is the window, by what a place is worth on either side of the border; under the cache's lock.</summary>
/// <remarks>
/// Problem: with a small window W-TinyLFU loses where what is used again is used soon; with a large one where popularity lasts. Caffeine
/// climbs by trying steps and watching the hit rate, which in a small cache is mostly noise and leads nowhere from a plain. Rule: count
/// what can be counted instead. A larger window would have found those ghosts that came back in time; it costs the main part what is found
/// in probation, per entry. A smaller one loses what is found in the window's older half. The window moves where the difference is
/// largest, if it is more than chance; while there is no main part, a sample of one is found in. Cost: constant, once in a period.
/// </remarks>
internal sealed class WindowClimber
{
    // How many standard deviations a difference must have to be believed. A wrong step costs more when the window shrinks: what it
    // held is gone.
    private const double ConfidenceToGrow = 2.5;
    private const double ConfidenceToShrink = 3;

    // What is left of what was seen after a period that decided nothing: some ten periods count.
    private const double Fading = 0.9;

    // How much larger a window is considered, as parts of the cache.
    private static readonly double[] Steps = [1 / 128.0, 1 / 64.0, 1 / 32.0, 1 / 16.0, 1 / 8.0, 1 / 4.0, 3 / 8.0, 1 / 2.0, 5 / 8.0, 3 / 4.0, 7 / 8.0, 15 / 16.0];

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

    /// <summary>Found by the sample of a main part while there is none.</summary>
    public void OnSampleHit(int scale) => _probationHits += scale;

    /// <summary>By how many entries the window should grow, less than 0 to shrink; a new period begins.</summary>
    /// <param name="borders">Where the borders are.</param>
    /// <param name="old">Entries in the window's older half.</param>
    /// <param name="probation">Entries in probation, or in the sample of a main part.</param>
    public int Decide(Borders borders, int old, int probation)
    {
        var (reach, main) = (borders.Reach, borders.Main);
        var best = 0.0;
        var change = 0;
        // Of the smallest main part all is counted, not its probation alone: sooner known, but it holds the most popular of all, and
        // promises too much of those that would follow.
        var isSmall = main > 0 && main <= borders.LeastMain;
        var found = _probationHits + (isSmall ? _protectedHits : 0);
        var perEntry = 1.0 / Math.Max(1, isSmall ? main : probation);
        for (var i = 0; i < Steps.Length && Steps[i] * reach <= main; i++)
        {
            Consider(_returned[i], (int)(Steps[i] * reach));
        }

        // What little is known from a small main part does not tell what a much larger one would find: it doubles at most.
        var less = Math.Min(old, Math.Max(main, borders.LeastMain));
        Consider(_oldHits * less / Math.Max(1, old), -less);
        Fade(change == 0 ? Fading : 0);
        return change;

        // Found by the window with so many entries more, or lost with fewer, against what the main part finds with as many.
        void Consider(double window, int entries)
        {
            var size = Math.Abs(entries) * perEntry;
            var net = (window - (found * size)) * Math.Sign(entries);
            var deviation = Math.Sqrt(window + (found * size * size) + 1);
            if (net > best && net > (entries > 0 ? ConfidenceToGrow : ConfidenceToShrink) * deviation)
            {
                best = net;
                change = entries;
            }
        }
    }

    public void Clear() => Fade(0);

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
