using AkkaPerf.Statistics;

namespace AkkaPerf.Backends;

/// <summary>What all backends of a directory have in flight together, those that were removed meanwhile included.</summary>
internal sealed class BackendTotals
{
    private Counter _inFlight;

    public long InFlight => _inFlight.Value;

    public void Assigned() => _inFlight.Increment();

    public void Ended() => _inFlight.Decrement();
}
