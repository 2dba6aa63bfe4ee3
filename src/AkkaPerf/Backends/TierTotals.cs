using System.Collections.Concurrent;

namespace AkkaPerf.Backends;

/// <summary>What the backends of each tier have in flight together: what a backend's part of it is must not depend on other tiers.</summary>
internal sealed class TierTotals
{
    private readonly ConcurrentDictionary<int, BackendTotals> _tiers = new();
    private volatile bool _isCounting;

    /// <summary>That of all tiers.</summary>
    public long InFlight => _tiers.Values.Sum(static tier => tier.InFlight);

    /// <summary>That of one tier, which need not have backends yet.</summary>
    public BackendTotals Of(int tier)
    {
        var totals = _tiers.GetOrAdd(tier, static _ => new BackendTotals());

        // Counting may have begun meanwhile; a tier that comes later begins with nothing in flight.
        if (_isCounting)
        {
            totals.Count(before: 0);
        }

        return totals;
    }

    /// <summary>Begins to count.</summary>
    /// <param name="current">All that may have something in flight.</param>
    public void Count(BackendSet current)
    {
        _isCounting = true;
        Interlocked.MemoryBarrier();
        foreach (var totals in _tiers.Values)
        {
            totals.Count(current.All.Where(status => ReferenceEquals(status.Backend.Totals, totals)).Sum(static status => status.Backend.InFlight));
        }
    }
}
