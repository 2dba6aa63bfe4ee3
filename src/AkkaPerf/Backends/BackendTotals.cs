using AkkaPerf.Statistics;

namespace AkkaPerf.Backends;

/// <summary>What all backends of a tier have in flight together; counted only from when somebody needs it, since every exchange pays for it.</summary>
internal sealed class BackendTotals
{
    private Counter _counted;
    private long _before;
    private volatile bool _isCounting;

    /// <summary>Exact but for those that began or ended at the very moment when the counting began.</summary>
    public long InFlight => Math.Max(0, _before + _counted.Value);

    /// <summary>Begins to count.</summary>
    /// <param name="before">What is in flight already.</param>
    public void Count(long before)
    {
        if (!_isCounting)
        {
            _before = before;
            _isCounting = true;
        }
    }

    public void Assigned()
    {
        if (_isCounting)
        {
            _counted.Increment();
        }
    }

    public void Ended()
    {
        if (_isCounting)
        {
            _counted.Decrement();
        }
    }
}
