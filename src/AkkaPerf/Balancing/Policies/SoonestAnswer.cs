using System.Runtime.CompilerServices;
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

    public int BestOf(BackendGroup group, int first, int length, long now)
    {
        var all = group.Candidates;
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
        var standing = Look(candidate, now);
        return standing.Time * standing.Load / standing.Fading;
    }

    // Nobody can foresee it, so nothing is skipped: a branch guessed wrongly takes longer than all of it. Nor is anything divided, which takes
    // longer than all multiplications: of two quotients the numerators are compared, each times the other's denominator.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsBetter(Standing one, Standing best)
    {
        var (time, bestTime) = (one.Time * best.Fading, best.Time * one.Fading);
        return (time * Outlier < bestTime) | ((bestTime * Outlier >= time) & (time * (one.Load * Alike) < bestTime * best.Load));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Standing Look(in Candidate candidate, long now)
    {
        ref readonly var load = ref candidate.Load;
        var inFlight = load.InFlight;
        var average = load.ResponseTime;
        var failing = load.FailureShare * _penalty;
        var (time, fading) = inFlight == 0
            ? (average + failing, FadingOf(load, now))
            : (average == 0 && failing == 0 ? NotYetKnown : OfOldest(load, average, now) + failing, 1);
        return new Standing(time, fading, (inFlight + 1) * (double)candidate.PerShare);
    }

    // Nearly an exponential, and no call.
    private double FadingOf(in BackendLoad load, long now)
    {
        var idle = Math.Max(0, now - load.SampledAt) * _perFading;
        var half = idle * idle * 0.5;
        return 1 + idle + (half * (1 + (half * 0.5)));
    }

    private static double OfOldest(in BackendLoad load, double average, long now)
    {
        double age = now - load.Mark;
        return age > 2 * average ? age : average;
    }

    /// <summary>How a candidate stands: its time, by what that has faded, and what it has to do for its share.</summary>
    private readonly struct Standing(double time, double fading, double load)
    {
        public readonly double Time = time;
        public readonly double Fading = fading;
        public readonly double Load = load;
    }
}
