using AkkaPerf.Statistics;

namespace AkkaPerf.Backends;

/// <summary>What all backends of a directory have in flight together; counted only from when somebody needs it, since every exchange pays for it.</summary>
internal sealed class BackendTotals
{
    private Counter _counted;
    private long _before;
    private volatile bool _isCounting;

    /// <summary>Exact but for those that began or ended at the very moment when the counting began.</summary>
    public long InFlight => Math.Max(0, _before + _counted.Value);

    /// <summary>Begins to count.</summary>
    /// <param name="current">All that may have something in flight.</param>
    public void Count(BackendSet current)
    {
        if (_isCounting)
        {
            return;
        }

        var before = 0L;
        foreach (var status in current.All)
        {
            before += status.Backend.InFlight;
        }

        _before = before;
        _isCounting = true;
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
