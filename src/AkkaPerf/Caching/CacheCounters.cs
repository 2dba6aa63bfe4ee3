using AkkaPerf.Statistics;

namespace AkkaPerf.Caching;

/// <summary>How many look-ups found something, since the pipeline started.</summary>
internal sealed class CacheCounters
{
    private Counter _hits;
    private Counter _misses;

    public long Hits => _hits.Value;

    public long Misses => _misses.Value;

    public void Hit() => _hits.Increment();

    public void Missed() => _misses.Increment();
}
