using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>The connections of a pool that somebody has: since when, whether for too long, and until when at the latest.</summary>
internal sealed class PoolLeases
{
    private readonly PoolSettings _settings;
    private readonly SlotTable _slots;
    private readonly PoolSchedule _schedule;
    private readonly Queue<PoolEffect> _effects;
    private readonly OpeningEstimate _estimate;
    private long _endAt = long.MaxValue;

    public PoolLeases(PoolSettings settings, SlotTable slots, PoolSchedule schedule, Queue<PoolEffect> effects, OpeningEstimate estimate)
    {
        _settings = settings;
        _slots = slots;
        _schedule = schedule;
        _effects = effects;
        _estimate = estimate;
    }

    public static bool IsCurrent(PoolLease lease) => lease.Slot.State == SlotState.Leased && lease.Slot.Epoch == lease.Epoch;

    public void Begin(PooledConnection slot, ILeaseWaiter holder, long now)
    {
        _slots.Enter(slot, SlotState.Leased, now);
        slot.Epoch++;
        slot.Holder = holder;
        _estimate.LeaseBegan(now);
        if (_settings.LeakThreshold > 0)
        {
            _schedule.Due(now + _settings.LeakThreshold);
        }
    }

    public void End(PooledConnection slot, long now)
    {
        _estimate.LeaseEnded(slot.Since, now);
        if (slot.IsReported)
        {
            _effects.Enqueue(new PoolEffect(PoolEffectKind.ReportReturn, slot, slot.Holder, Held: now - slot.Since));
        }

        slot.IsReported = false;
        slot.Holder = null;
    }

    /// <summary>Lets no lease last beyond a time; the earliest counts.</summary>
    public void EndAllAt(long at) => _endAt = Math.Min(_endAt, at);

    /// <summary>Reports a lease that is held too long; true if it has to end now.</summary>
    public bool IsOver(PooledConnection slot, long now)
    {
        if (now >= _endAt)
        {
            return true;
        }

        _schedule.Due(_endAt);
        if (_settings.LeakThreshold == 0 || slot.IsReported)
        {
            return false;
        }

        if (now - slot.Since < _settings.LeakThreshold)
        {
            _schedule.Due(slot.Since + _settings.LeakThreshold);
            return false;
        }

        slot.IsReported = true;
        _effects.Enqueue(new PoolEffect(PoolEffectKind.ReportLeak, slot, slot.Holder, Held: now - slot.Since));
        return false;
    }
}
