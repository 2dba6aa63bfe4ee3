namespace AkkaPerf.Pipeline;

/// <summary>Tells roughly how densely exchanges arrive, for the choice of threads; any thread, without locks, and as inexact as that.</summary>
/// <remarks>Real time whatever the pipeline's clock says: what threads cost is no matter of virtual time.</remarks>
internal sealed class ArrivalMeter
{
    private readonly int _dense;
    private long _tick;
    private int _count;
    private volatile bool _isDense;

    /// <param name="dense">Arrivals a millisecond from which they are dense.</param>
    public ArrivalMeter(int dense) => _dense = dense;

    public bool IsDense => _isDense;

    public void Count()
    {
        var tick = Environment.TickCount64;
        var elapsed = tick - _tick;
        if (elapsed != 0)
        {
            var isDense = _count >= _dense * elapsed;
            if (isDense != _isDense)
            {
                _isDense = isDense;
            }

            _tick = tick;
            _count = 0;
        }

        _count++;
    }
}
