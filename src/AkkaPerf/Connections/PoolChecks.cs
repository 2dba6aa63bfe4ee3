namespace AkkaPerf.Connections;

/// <summary>The checks of a pool's idle connections: before use, and every so often; those that hang, nobody waits for.</summary>
internal sealed class PoolChecks
{
    private readonly PoolSettings _settings;
    private readonly SlotTable _slots;
    private readonly PoolSchedule _schedule;
    private readonly Queue<PoolEffect> _effects;
    private int _slow;

    public PoolChecks(PoolSettings settings, SlotTable slots, PoolSchedule schedule, Queue<PoolEffect> effects)
    {
        _settings = settings;
        _slots = slots;
        _schedule = schedule;
        _effects = effects;
    }

    /// <summary>Checks that will end soon, as far as is known.</summary>
    public int EndingSoon => _slots.CountOf(SlotState.Checking) - _slow;

    /// <summary>Whether a check takes so long that it is likely to hang.</summary>
    public bool OneHangs => _slow > 0;

    /// <summary>Whether a connection may be handed out unchecked.</summary>
    public bool IsTrusted(PooledConnection slot, long now) => _settings.IsShared || now - slot.ProvenAt <= _settings.Trust;

    public void Begin(PooledConnection slot, long now)
    {
        _slots.Enter(slot, SlotState.Checking, now);
        slot.Deadline = now + _settings.ConnectTimeout;
        _schedule.Due(Math.Min(slot.Deadline, now + _settings.CheckPatience));
        _effects.Enqueue(new PoolEffect(PoolEffectKind.Check, slot));
    }

    public void End(PooledConnection slot, long now)
    {
        if (slot.IsSlow)
        {
            slot.IsSlow = false;
            _slow--;
        }

        if (_settings.KeepAlive > 0)
        {
            // The next may have waited for this one.
            _schedule.Due(now);
        }
    }

    /// <summary>Whether a check has taken too long to be waited for at all: a connection that cannot even say whether it works does not.</summary>
    public bool IsOver(PooledConnection slot, long now)
    {
        if (now >= slot.Deadline)
        {
            return true;
        }

        _schedule.Due(slot.Deadline);
        if (!slot.IsSlow && now - slot.Since < _settings.CheckPatience)
        {
            _schedule.Due(slot.Since + _settings.CheckPatience);
        }
        else if (!slot.IsSlow)
        {
            slot.IsSlow = true;
            _slow++;
        }

        return false;
    }

    /// <summary>Checks idle connections that have been unproven for long, so many at once that three quarters stay at hand.</summary>
    /// <returns>Whether more may be checked at once than are due.</returns>
    public bool KeepAlive(IdleStack idle, long now)
    {
        if (_settings.KeepAlive == 0)
        {
            return false;
        }

        var most = Math.Max(1, _slots.Open / 4) - _slots.CountOf(SlotState.Checking);
        var unproven = most > 0 ? idle.TakeUnproven(most, now) : [];
        foreach (var slot in unproven)
        {
            Begin(slot, now);
        }

        return unproven.Count < most;
    }
}
