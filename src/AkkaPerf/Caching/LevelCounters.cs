using AkkaPerf.Statistics;

namespace AkkaPerf.Caching;

/// <summary>What happened at a cache's levels, since it began.</summary>
internal sealed class LevelCounters
{
    private readonly StripedCounter _localHits = new();
    private readonly StripedCounter _misses = new();
    private readonly StripedCounter _loads = new();
    private readonly StripedCounter _loadTicks = new();
    private Counter _distributedHits;
    private Counter _joined;
    private Counter _stale;
    private Counter _refreshes;
    private Counter _failures;
    private Counter _invalidated;

    public long LocalHits => _localHits.Value;

    public long DistributedHits => _distributedHits.Value;

    public long Misses => _misses.Value;

    public long Joined => _joined.Value;

    public long Stale => _stale.Value;

    public long Refreshes => _refreshes.Value;

    public long Loads => _loads.Value;

    public long Failures => _failures.Value;

    public long LoadTicks => _loadTicks.Value;

    public long Invalidated => _invalidated.Value;

    public void LocalHit() => _localHits.Increment();

    public void DistributedHit() => _distributedHits.Increment();

    public void Missed() => _misses.Increment();

    public void HasJoined() => _joined.Increment();

    public void ServedStale() => _stale.Increment();

    public void Refreshed() => _refreshes.Increment();

    public void Loaded(long ticks, bool hasFailed)
    {
        _loads.Increment();
        _loadTicks.Add(ticks);
        if (hasFailed)
        {
            _failures.Increment();
        }
    }

    public void FoundInvalid() => _invalidated.Increment();
}
