using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>When one backend is probed: first soon after the start, spread over its peers, then at a jittered interval that depends on how it is.</summary>
/// <remarks>
/// A backend that is well is probed at the interval; one whose verdict may change soon at the edge interval; one that is down quickly at first, then
/// ever more rarely. Jitter keeps many pipelines that started together from probing a backend in step.
/// </remarks>
internal sealed class ProbeSchedule
{
    private const double Jitter = 0.1;

    // However many ask for a probe at once: this share of the interval between two probes bounds what they add.
    private const double ShortestShare = 0.1;

    private static readonly TimeSpan LongestSpread = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _interval;
    private readonly TimeSpan _edge;
    private readonly TimeSpan _down;
    private readonly TimeSpan _longestDown;
    private readonly Random _random;

    /// <param name="options">The intervals between two probes' starts, before jitter.</param>
    /// <param name="random">This schedule's own: a <see cref="Random"/> is not shared between actors.</param>
    public ProbeSchedule(HealthOptions options, Random random)
    {
        _interval = options.Interval;
        _edge = Shorter(options.Pace.EdgeInterval, _interval);
        _down = Shorter(options.Pace.UnhealthyInterval, _interval);
        _longestDown = options.Pace.MaxUnhealthyInterval;
        _random = random;
    }

    /// <summary>Until the first probe: every one of <paramref name="count"/> peers gets an equal slot of the first second (or interval, if shorter).</summary>
    public TimeSpan First(int index, int count) => Shorter(_interval, LongestSpread) * ((index + _random.NextDouble()) / count);

    /// <summary>Until the next probe of a backend of which nothing new is known; zero if it is due already.</summary>
    public TimeSpan Next(TimeSpan sinceStart) => Rest(Jittered(_interval), sinceStart);

    /// <summary>Until the next probe, given how long ago the last one started and what it brought; zero if that is due already.</summary>
    public TimeSpan Next(TimeSpan sinceStart, HealthState state) => Rest(Jittered(IntervalOf(state)), sinceStart);

    /// <summary>Until a probe on demand may start, given how long ago the last one started; zero if at once.</summary>
    public TimeSpan OnDemand(TimeSpan sinceStart) => Rest(_interval * ShortestShare, sinceStart);

    private TimeSpan IntervalOf(HealthState state)
    {
        if (state.IsOnEdge)
        {
            return _edge;
        }

        if (state.Verdict != ProbeVerdict.Down)
        {
            return _interval;
        }

        var interval = _down;
        for (var i = 1; i < state.DownInARow && interval < _longestDown; i++)
        {
            interval *= 2;
        }

        return Shorter(interval, _longestDown);
    }

    private TimeSpan Jittered(TimeSpan interval) => interval * (1 - Jitter + (2 * Jitter * _random.NextDouble()));

    private static TimeSpan Rest(TimeSpan gap, TimeSpan elapsed) => elapsed < gap ? gap - elapsed : TimeSpan.Zero;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
