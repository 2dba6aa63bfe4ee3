using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>Decides when a pool opens connections, and how many at once; keeps what is known of how connects go.</summary>
internal sealed class PoolOpener
{
    /// <summary>
    /// Connects that may run at once while few connections are open; later as many as are open, so that a pool at most doubles per connect time.
    /// Fewer would let one hanging connect stop the pool, more would open for a spike what a few quick connections could serve.
    /// </summary>
    private const int FirstConnects = 4;

    /// <summary>A connect still under way when the backend is found back may be a lost packet's victim; younger ones are let be.</summary>
    private static readonly TimeSpan FreshConnect = TimeSpan.FromMilliseconds(100);

    private readonly Backend _backend;
    private readonly PoolSettings _settings;
    private readonly PoolInbox _inbox;
    private readonly SlotTable _slots;
    private readonly Queue<PoolEffect> _effects;
    private readonly ConnectBackOff _backOff;
    private readonly HungConnects _hung = new();
    private long _shortSince = long.MaxValue;

    public PoolOpener(Backend backend, PoolSettings settings, PoolInbox inbox, SlotTable slots, Queue<PoolEffect> effects, Random random)
    {
        _backend = backend;
        _settings = settings;
        _inbox = inbox;
        _slots = slots;
        _effects = effects;
        _backOff = new ConnectBackOff(settings, random);
    }

    public OpeningEstimate Estimate { get; } = new();

    /// <summary>The last failed connect; null once one has succeeded since. Any thread.</summary>
    public Exception? Cause => _backOff.Cause;

    /// <summary>Until when no connect may start.</summary>
    public long RetryAt => _backOff.RetryAt;

    /// <summary>Connects that were told to stop and have not ended. Any thread.</summary>
    public int Hanging => _hung.Count;

    /// <summary>Whether nothing is open and a connect would fail, as far as is known: one who tries again is enough.</summary>
    public bool IsOutOfReach(long now) => _slots.Open == 0
        && _backOff is { Cause: not null, IsHopeful: false }
        && (now < _backOff.RetryAt || _slots.CountOf(SlotState.Opening) > 0);

    /// <summary>Says that nobody lacks a connection.</summary>
    public void Satisfied() => _shortSince = long.MaxValue;

    /// <summary>Starts the connects that are worth it.</summary>
    /// <param name="missing">Connections that are wanted beyond those that are there or on their way.</param>
    /// <param name="room">Connections that may be added.</param>
    /// <param name="now">The time.</param>
    /// <returns>When to ask again.</returns>
    public long Fill(int missing, int room, long now)
    {
        if (missing <= 0)
        {
            Satisfied();
            return long.MaxValue;
        }

        _shortSince = Math.Min(_shortSince, now);
        if (room <= 0)
        {
            return long.MaxValue;
        }

        if (now < _backOff.RetryAt)
        {
            return _backOff.RetryAt;
        }

        // Those on their way count against the need: whoever is first serves whoever waits first, and what comes too late becomes idle.
        var opening = _slots.CountOf(SlotState.Opening);
        var patience = _shortSince + (2 * Estimate.ConnectTime);
        var most = AtOnce(missing, isPatient: now < patience, now);
        for (var count = Math.Min(Math.Min(missing, room), most - opening); count > 0; count--)
        {
            var slot = new PooledConnection(_backend, _inbox);
            _slots.Add(slot, now);
            slot.Deadline = now + _settings.ConnectTimeout;
            _effects.Enqueue(new PoolEffect(PoolEffectKind.Open, slot));
        }

        // Every connect that ends asks again; only one that hangs needs a reminder.
        return Math.Min(now + _settings.ConnectTimeout, now < patience ? patience : long.MaxValue);
    }

    /// <summary>Takes in that a connect has succeeded.</summary>
    public void Succeeded(PooledConnection slot, long now)
    {
        if (_backOff.Cause is not null)
        {
            _effects.Enqueue(new PoolEffect(PoolEffectKind.ReportRecovery));
        }

        _backOff.Succeeded();
        if (!_settings.IsShared)
        {
            _effects.Enqueue(new PoolEffect(PoolEffectKind.ReportOpening, slot, Held: now - slot.Since));
        }

        Estimate.Connected(now - slot.Since);
        _shortSince = _shortSince == long.MaxValue ? long.MaxValue : now;
    }

    /// <summary>Takes in that a connect has failed.</summary>
    public void Failed(Exception cause, long now)
    {
        if (_backOff.Cause is null)
        {
            _effects.Enqueue(new PoolEffect(PoolEffectKind.ReportConnectFailure, Cause: cause));
        }

        _backOff.Failed(cause, now);
    }

    /// <summary>Frees the place of a connect that takes too long, and has it told to stop.</summary>
    public void GiveUp(PooledConnection slot, long now)
    {
        _slots.Forget(slot);
        slot.Deadline = now + _settings.ConnectTimeout;
        _hung.Add(slot);
        _effects.Enqueue(new PoolEffect(PoolEffectKind.GiveUp, slot));
    }

    /// <summary>Takes in that a connect which had been given up has ended after all.</summary>
    public void EndedLate(PooledConnection slot)
    {
        if (_hung.Remove(slot))
        {
            _effects.Enqueue(new PoolEffect(PoolEffectKind.ReportProgress));
        }
    }

    /// <summary>Looks whether connects that were told to stop make no progress.</summary>
    /// <returns>When to look again.</returns>
    public long Watch(long now)
    {
        if (_hung.IsNews(now))
        {
            _effects.Enqueue(new PoolEffect(PoolEffectKind.ReportStall, Count: _hung.Count));
        }

        return _hung.NextDeadline();
    }

    /// <summary>Forgets what earlier failures say of the next connect: somebody has just found the backend up.</summary>
    public void BackendIsBack(long now)
    {
        _backOff.Reset();

        // What was sent into the outage may never be answered: it makes place for a connect that will.
        var young = Math.Max(_settings.ToTimestamps(FreshConnect), 2 * Estimate.ConnectTime);
        for (var i = _slots.Count - 1; i >= 0; i--)
        {
            if (_slots[i].State == SlotState.Opening && now - _slots[i].Since > young)
            {
                GiveUp(_slots[i], now);
            }
        }
    }

    /// <summary>The same where it is no news: what is under way is let be, for it may be slow as a rule.</summary>
    public void ProbedUp()
    {
        if (_backOff.Cause is not null)
        {
            _backOff.Reset();
        }
    }

    private int AtOnce(int missing, bool isPatient, long now)
    {
        if (_settings.IsShared)
        {
            return int.MaxValue;
        }

        // While as many connects hang as the pool may have connections, more of them would only pile up; and where what is there serves
        // everybody before a connect could end, one in the background is enough, until it is seen to hang.
        return _hung.Count >= _settings.MaxConnections || (isPatient && Estimate.IsServedSooner(missing, now))
            ? 1
            : Math.Max(FirstConnects, _slots.Open);
    }
}
