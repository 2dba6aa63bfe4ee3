namespace AkkaPerf.Health;

/// <summary>Makes a backend that goes up and down often show more successes before it is let in again.</summary>
/// <remarks>
/// As routes are damped (RFC 2439): every fall adds one to a penalty that halves in <c>health.pace.flap-half-life</c>, and <c>rise</c> is
/// multiplied by the penalty, rounded, ten at most. With a half-life of a minute a backend that falls every minute needs twice as many, one
/// that falls every 20 s five times, and one that stays up is forgiven. Owned by its prober.
/// </remarks>
internal sealed class FlapDamping
{
    private const int Most = 10;

    private readonly TimeProvider _time;
    private readonly TimeSpan _halfLife;
    private double _penalty;
    private long _at;

    public FlapDamping(TimeProvider time, TimeSpan halfLife)
    {
        _time = time;
        _halfLife = halfLife;
    }

    /// <summary>By what <c>rise</c> is multiplied now; 1 to 10.</summary>
    public int Factor => Math.Clamp((int)Math.Round(Penalty(), MidpointRounding.AwayFromZero), 1, Most);

    /// <summary>It went down.</summary>
    public void Fell()
    {
        _penalty = Penalty() + 1;
        _at = _time.GetTimestamp();
    }

    private double Penalty() => _penalty == 0 || _halfLife <= TimeSpan.Zero ? 0 : _penalty * Math.Pow(0.5, _time.GetElapsedTime(_at) / _halfLife);
}
