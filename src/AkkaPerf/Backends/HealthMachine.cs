namespace AkkaPerf.Backends;

/// <summary>The states of a backend and how it comes from one to another: status and signal in, status out.</summary>
/// <remarks>
/// Pure but for two things: a backend that is another one from now on is told to forget (<see cref="Backend.BeginAnew"/>), and keeps its last load report.
/// Signals only change what is known (the hand's, the probes', the traffic's word); <see cref="Settle"/> alone says which state that is, in
/// the order of precedence. A state that ends by time says when (<see cref="NextDue"/>).
/// </remarks>
internal sealed class HealthMachine
{
    // Steps of a slow start; each is one new set.
    private const int RampSteps = 10;

    // After that many times its last ejection's length without another one, an ejection counts as the first again.
    private const int QuietLengths = 10;

    private readonly HealthRules _rules;
    private readonly TimeProvider _time;
    private readonly Random _random;

    public HealthMachine(HealthRules rules, TimeProvider time, Random random)
    {
        _rules = rules;
        _time = time;
        _random = random;
    }

    /// <summary>The state that follows from what is known.</summary>
    public BackendHealth Settle(BackendStatus status) => status switch
    {
        { IsEnabled: false } => BackendHealth.Disabled,
        { IsDraining: true } => BackendHealth.Draining,
        { Probe: ProbeVerdict.Down } => BackendHealth.Unhealthy,
        { Probe: ProbeVerdict.Unknown } when !_rules.UnknownIsEligible => BackendHealth.Unknown,
        { Ejection.Phase: EjectionPhase.Out } => BackendHealth.Ejected,
        { Ejection.Phase: EjectionPhase.Trial } => BackendHealth.Probation,
        { Probe: ProbeVerdict.Degraded } or { IsImpaired: true } => BackendHealth.Degraded,
        { Probe: ProbeVerdict.Unknown } => BackendHealth.Unknown,
        _ => BackendHealth.Healthy,
    };

    /// <summary>Takes the probes' word. A backend that comes back from down is another one: what its traffic said before is forgotten.</summary>
    public static BackendStatus Probed(BackendStatus status, ProbeVerdict verdict, long now)
    {
        if (status.Probe == verdict)
        {
            return status;
        }

        if (status.Probe == ProbeVerdict.Down)
        {
            status.Backend.BeginAnew(now);
            status = status with { Ejection = default, IsImpaired = false };
        }

        return status with { Probe = verdict };
    }

    /// <summary>Drains it, or lets it come again: whoever says so knows better than its traffic of before.</summary>
    public static BackendStatus Drain(BackendStatus status, bool draining, long now)
    {
        if (status.IsDraining == draining)
        {
            return status;
        }

        if (draining)
        {
            return status with { IsDraining = true };
        }

        status.Backend.BeginAnew(now);
        return status with { IsDraining = false, Ejection = default };
    }

    /// <summary>Switches it on or off. What was known of it before it was off says nothing of what it is now.</summary>
    public static BackendStatus Enable(BackendStatus status, bool enabled, long now)
    {
        if (status.IsEnabled == enabled)
        {
            return status;
        }

        if (!enabled)
        {
            return status with { IsEnabled = false };
        }

        status.Backend.BeginAnew(now);
        return status with { IsEnabled = true, Probe = ProbeVerdict.Unknown, Ejection = default, IsImpaired = false };
    }

    /// <summary>Takes a load report in. Only what it says is part of the state: most say what the last one said.</summary>
    public BackendStatus Reported(BackendStatus status, bool isImpaired, long now)
    {
        status.Backend.Report = status.Backend.Report.Next(now, _time.TimestampFrequency);
        return status with { IsImpaired = isImpaired };
    }

    /// <summary>Takes it out for a while, longer each time. Whether it may is the directory's to say.</summary>
    public BackendStatus Eject(BackendStatus status, long now)
    {
        var last = status.Ejection;
        var inARow = last.InARow > 0 && last.Phase == EjectionPhase.None && now - last.Since > QuietLengths * LengthOf(last.InARow) ? 1 : last.InARow + 1;

        // Equal jitter: half is certain, so that it gets rest; half is chance, so that many do not come back together.
        var length = (long)(LengthOf(inARow) * (0.5 + (0.5 * _random.NextDouble())));
        return status with { Ejection = new Ejection(EjectionPhase.Out, now + length, now, inARow) };
    }

    /// <summary>Lets one request decide; if it has not ended after a while, it is left aside and another one decides.</summary>
    public BackendStatus Try(BackendStatus status, long now)
    {
        var isUnasked = status.Ejection.Phase == EjectionPhase.Trial && status.Backend.InFlight <= status.Backend.Leftovers;
        status.Backend.BeginAnew(now);
        return status with { Ejection = status.Ejection with { Phase = EjectionPhase.Trial, Since = now, DueAt = now + LengthOf(1), IsUnasked = isUnasked } };
    }

    /// <summary>The one request went well.</summary>
    public static BackendStatus Readmit(BackendStatus status, long now) =>
        status with { Ejection = status.Ejection with { Phase = EjectionPhase.None, Since = now, IsUnasked = false } };

    /// <summary>What time alone has changed.</summary>
    public BackendStatus Pass(BackendStatus status, long now)
    {
        if (status.Ejection.Phase != EjectionPhase.None && now >= status.Ejection.DueAt)
        {
            status = Try(status, now);
        }

        if (status.IsImpaired && now >= status.Backend.Report.ExpiresAt)
        {
            status = status with { IsImpaired = false };
        }

        return status.RampsSince == 0 ? status : Ramp(status, now);
    }

    /// <summary>When time alone will change it next; <see cref="long.MaxValue"/> if never.</summary>
    public long NextDue(BackendStatus status)
    {
        var due = status.Ejection.Phase != EjectionPhase.None ? status.Ejection.DueAt : long.MaxValue;
        due = status.IsImpaired ? Math.Min(due, status.Backend.Report.ExpiresAt) : due;
        return status.RampsSince == 0 ? due : Math.Min(due, status.RampsSince + (StepTicks * (StepOf(status.Ramp) + 1)));
    }

    /// <summary>Begins its slow start. All steps of all backends fall on one grid, so that they make ten new sets together, not ten each.</summary>
    public BackendStatus StartSlowly(BackendStatus status, long now) => _rules.SlowStart <= TimeSpan.Zero
        ? status
        : status with { RampsSince = Math.Max(1, (now + StepTicks - 1) / StepTicks * StepTicks), Ramp = RampAt(0) };

    /// <summary>Ends its slow start, however far it came.</summary>
    public static BackendStatus EndSlowStart(BackendStatus status) => status with { RampsSince = 0, Ramp = BackendStatus.FullShare };

    private long StepTicks => Math.Max(1, Ticks(_rules.SlowStart) / RampSteps);

    private BackendStatus Ramp(BackendStatus status, long now)
    {
        var step = (int)Math.Min((now - status.RampsSince) / StepTicks, RampSteps);
        return step == RampSteps ? EndSlowStart(status) : status with { Ramp = RampAt(step) };
    }

    private int RampAt(int step) => Math.Max(_rules.SlowStartFrom, BackendStatus.FullShare * step / RampSteps);

    // The last step that has this ramp: several of the first ones may share it.
    private int StepOf(int ramp)
    {
        var step = 0;
        while (step + 1 < RampSteps && RampAt(step + 1) <= ramp)
        {
            step++;
        }

        return step;
    }

    private long LengthOf(int inARow)
    {
        var longest = Ticks(_rules.MaxEjectionTime);
        var length = Ticks(_rules.EjectionTime);
        for (var i = 1; i < inARow && length < longest; i++)
        {
            length *= 2;
        }

        return Math.Min(length, longest);
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
