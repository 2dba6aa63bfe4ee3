namespace AkkaPerf.Health;

/// <summary>When one backend is probed: first soon after the start, spread over its peers, then at a jittered interval.</summary>
/// <remarks>Jitter keeps many pipelines that started together from probing a backend in step.</remarks>
internal sealed class ProbeSchedule
{
    private const double Jitter = 0.1;

    // Demands come with every failed connect: this share of the interval between two probes bounds what they add.
    private const double ShortestShare = 0.1;

    private static readonly TimeSpan LongestSpread = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _interval;
    private readonly Random _random;

    /// <param name="interval">Between two probes' starts, before jitter.</param>
    /// <param name="random">This schedule's own: a <see cref="Random"/> is not shared between actors.</param>
    public ProbeSchedule(TimeSpan interval, Random random)
    {
        _interval = interval;
        _random = random;
    }

    /// <summary>Until the first probe: every one of <paramref name="count"/> peers gets an equal slot of the first second (or interval, if shorter).</summary>
    public TimeSpan First(int index, int count)
    {
        var spread = _interval < LongestSpread ? _interval : LongestSpread;
        return spread * ((index + _random.NextDouble()) / count);
    }

    /// <summary>Until the next probe, given how long ago the last one started; zero if that is due already.</summary>
    public TimeSpan Next(TimeSpan sinceStart) => Rest(_interval * (1 - Jitter + (2 * Jitter * _random.NextDouble())), sinceStart);

    /// <summary>Until a probe on demand may start, given how long ago the last one started; zero if at once.</summary>
    public TimeSpan OnDemand(TimeSpan sinceStart) => Rest(_interval * ShortestShare, sinceStart);

    private static TimeSpan Rest(TimeSpan gap, TimeSpan elapsed) => elapsed < gap ? gap - elapsed : TimeSpan.Zero;
}
