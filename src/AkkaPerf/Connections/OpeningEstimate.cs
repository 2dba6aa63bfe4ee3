namespace AkkaPerf.Connections;

/// <summary>Says how soon the connections that are leased will serve those who wait: sooner than a connect, and more connects are not worth it.</summary>
/// <remarks>All times in timestamps. What is not known yet counts as nothing: a pool that has never opened anything elides nothing.</remarks>
internal sealed class OpeningEstimate
{
    /// <summary>Weight of the newest sample: quick enough to follow a change, slow enough that one odd use changes little.</summary>
    private const double Weight = 1.0 / 8;

    private double _holdTime;
    private double _connectTime;
    private int _leases;

    // A sum may overflow; the difference that is asked for does not, as it wraps twice.
    private long _leaseStarts;

    /// <summary>How long a connect takes, as a rule; zero if none has succeeded yet.</summary>
    public long ConnectTime => (long)_connectTime;

    public void LeaseBegan(long now)
    {
        _leases++;
        _leaseStarts = unchecked(_leaseStarts + now);
    }

    public void LeaseEnded(long began, long now)
    {
        _leases--;
        _leaseStarts = unchecked(_leaseStarts - began);
        _holdTime = Next(_holdTime, now - began);
    }

    public void Connected(long took) => _connectTime = Next(_connectTime, took);

    /// <summary>Whether so many who wait are served by what is leased before a connect could end.</summary>
    public bool IsServedSooner(int waiting, long now)
    {
        if (_leases == 0)
        {
            return false;
        }

        // Leases that do not end would say nothing for ever: their age says that they last at least as long.
        var age = (double)unchecked((_leases * now) - _leaseStarts) / _leases;
        return waiting * Math.Max(_holdTime, age) / _leases < _connectTime;
    }

    private static double Next(double average, long sample) => average == 0 ? sample : average + ((sample - average) * Weight);
}
