using System.Collections.Concurrent;

namespace AkkaPerf.Backends;

/// <summary>What the backends of each tier have in flight together: what a backend's part of it is must not depend on other tiers.</summary>
internal sealed class TierTotals
{
    // From when it is decided that exchanges count until the first one does: whoever is assigned one then knows of it, if its thread is not kept
    // from the processor for as long.
    private static readonly TimeSpan Notice = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<int, BackendTotals> _tiers = new();
    private readonly TimeProvider _time;
    private bool _isCounting;

    public TierTotals(TimeProvider time) => _time = time;

    /// <summary>That of all tiers.</summary>
    public long InFlight => _tiers.Values.Sum(static tier => tier.InFlight);

    /// <summary>That of one tier, which need not have backends yet.</summary>
    public BackendTotals Of(int tier)
    {
        lock (_gate)
        {
            var totals = _tiers.GetOrAdd(tier, static _ => new BackendTotals());
            if (_isCounting)
            {
                // One that is new has nothing in flight.
                totals.Count(long.MinValue);
            }

            return totals;
        }
    }

    /// <summary>Begins to count before anything is assigned.</summary>
    public void Count()
    {
        lock (_gate)
        {
            _isCounting = true;
            foreach (var totals in _tiers.Values)
            {
                totals.Count(long.MinValue);
            }
        }
    }

    /// <summary>Begins to count while exchanges are in flight.</summary>
    /// <param name="current">Whose count; what still runs on others that have left does not.</param>
    public void Count(BackendSet current)
    {
        lock (_gate)
        {
            _isCounting = true;
            var from = _time.GetTimestamp() + (long)(Notice.TotalSeconds * _time.TimestampFrequency);
            foreach (var totals in _tiers.Values)
            {
                totals.Count(from, [.. current.All.Select(static status => status.Backend).Where(backend => backend.Totals == totals)], _time);
            }
        }
    }
}
