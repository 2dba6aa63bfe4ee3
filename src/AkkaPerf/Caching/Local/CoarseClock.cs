namespace AkkaPerf.Caching.Local;

/// <summary>Says at a fraction of a timestamp's cost what time it is at the latest; any thread.</summary>
/// <remarks>
/// The system's tick count is read in 5 ns where its timestamp takes 25 to 40, and lags by up to 16 ms. What is still good at the latest time
/// possible is good now; only who is near an end must ask precisely. Both clocks are compared anew every second. Other clocks than the
/// system's are asked themselves.
/// </remarks>
internal sealed class CoarseClock
{
    private const int Lag = 20;
    private const int Comparison = 1000;

    private readonly TimeProvider _time;
    private readonly bool _isSystem;
    private readonly long _perTick;
    private long _offset;
    private long _comparedAt;

    public CoarseClock(TimeProvider time)
    {
        _time = time;
        _isSystem = ReferenceEquals(time, TimeProvider.System);
        _perTick = time.TimestampFrequency / 1000;
        Compare();
    }

    /// <summary>A timestamp that is not before now, and no more than some milliseconds after it.</summary>
    public long LatestNow()
    {
        if (!_isSystem)
        {
            return _time.GetTimestamp();
        }

        var tick = Environment.TickCount64;
        if (tick - Volatile.Read(ref _comparedAt) > Comparison)
        {
            Compare();
        }

        return (tick * _perTick) + Volatile.Read(ref _offset);
    }

    private void Compare()
    {
        var tick = Environment.TickCount64;
        Volatile.Write(ref _offset, _time.GetTimestamp() - ((tick - Lag) * _perTick));
        Volatile.Write(ref _comparedAt, tick);
    }
}
