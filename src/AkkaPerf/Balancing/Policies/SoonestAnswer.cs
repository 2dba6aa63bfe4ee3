using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Who will answer first: its response time, times what it has in flight.</summary>
/// <remarks>
/// Four things that the product alone gets wrong. A backend that hangs has no new response times: once the oldest in flight is there for twice the
/// average, its age counts. One that fails at once looks fast: the part that fails costs what a time of <see cref="Penalty"/> does. One that
/// was slow, and so gets nothing, would never be seen to be well again: while it is idle what is known of it fades, and a single request finds
/// out. And a slow one beats the fast as soon as those have enough in flight: one that takes four times as long is left alone whatever the
/// loads, until the fast are slow themselves.
/// </remarks>
internal readonly struct SoonestAnswer : ILoadRule
{
    // Times slower than another, and load does not matter any more.
    private const double Outlier = 4;

    // Closer than this they are the same: noise must not send all idle traffic to one.
    private const double Alike = 1.2;

    // Nothing has come back yet: behind everything that is known, until it does.
    private const double NotYetKnown = 1e18;

    // Falls to two fifths in this time.
    private static readonly TimeSpan Fading = TimeSpan.FromSeconds(10);

    private readonly double _penalty;
    private readonly double _perFading;

    public SoonestAnswer(long ticksPerSecond)
    {
        _penalty = Penalty.TotalSeconds * ticksPerSecond;
        _perFading = 1 / (Fading.TotalSeconds * ticksPerSecond);
    }

    /// <summary>What a failure counts as.</summary>
    public static TimeSpan Penalty { get; } = TimeSpan.FromSeconds(5);

    public int BestOf(ReadOnlySpan<Candidate> all, int first, int length, long now)
    {
        var (best, index) = (first, first);
        var standing = Look(all[first], now);
        for (var left = length - 1; left > 0; left--)
        {
            index = index + 1 < all.Length ? index + 1 : 0;
            var one = Look(all[index], now);
            if (IsBetter(one, standing))
            {
                (best, standing) = (index, one);
            }
        }

        return best;
    }

    public bool IsUnbeatable(in Candidate candidate) => false;

    public bool IsBetter(in Candidate one, in Candidate other, long now) => IsBetter(Look(one, now), Look(other, now));

    public double CostOf(in Candidate candidate, long now)
    {
        var (time, load) = Look(candidate, now);
        return time * load;
    }

    // Nobody can foresee it, so nothing is skipped: a branch guessed wrongly takes longer than all of it.
    private static bool IsBetter((double Time, double Load) one, (double Time, double Load) best) =>
        (one.Time * Outlier < best.Time) | ((best.Time * Outlier >= one.Time) & (one.Time * one.Load * Alike < best.Time * best.Load));

    private (double Time, double Load) Look(in Candidate candidate, long now)
    {
        ref readonly var load = ref candidate.Load;
        var inFlight = load.InFlight;
        return (TimeOf(load, inFlight, now), (inFlight + 1) * (double)candidate.PerShare);
    }

    private double TimeOf(in BackendLoad load, long inFlight, long now)
    {
        var average = load.ResponseTime;
        var failing = load.FailureShare * _penalty;
        if (inFlight == 0)
        {
            // Nearly an exponential, and no call.
            var idle = Math.Max(0, now - load.SampledAt) * _perFading;
            return (average + failing) / (1 + idle + (idle * idle / 2) + (idle * idle * idle * idle / 8));
        }

        if (average == 0 && failing == 0)
        {
            return NotYetKnown;
        }

        double age = now - load.Mark;
        return (age > 2 * average ? age : average) + failing;
    }
}
