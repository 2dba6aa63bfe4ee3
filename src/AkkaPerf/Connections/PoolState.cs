using AkkaPerf.Backends;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>Decides for one backend's connections: who gets which, when one is opened, checked and closed. Does nothing itself.</summary>
/// <remarks>
/// No actor, no lock, no clock: one thread at a time feeds it signals and the time, and then does what stands in <see cref="Effects"/>. It
/// outlives the actor that drives it. Only the snapshot may be read by any thread.
/// </remarks>
internal sealed class PoolState
{
    private readonly Backend _backend;
    private readonly PoolSettings _settings;
    private readonly Random _random;
    private readonly PoolOpener _opener;
    private readonly PoolChecks _checks;
    private readonly PoolLeases _leases;
    private readonly WaiterQueue _waiters = new();
    private readonly IdleStack _idle = new();
    private readonly SlotTable _slots = new();
    private readonly PoolSchedule _schedule = new();
    private bool _isClosing;

    // Reported, and nobody has found one free since.
    private bool _isExhausted;
    private long _timeoutsSeen;

    public PoolState(Backend backend, PoolSettings settings, PoolInbox inbox, Random random)
    {
        _backend = backend;
        _settings = settings;
        _random = random;
        _opener = new PoolOpener(backend, settings, inbox, _slots, Effects, random);
        _checks = new PoolChecks(settings, _slots, _schedule, Effects);
        _leases = new PoolLeases(settings, _slots, _schedule, Effects, _opener.Estimate);
        if (settings.MinIdle > 0)
        {
            _schedule.Due(long.MinValue);
        }
    }

    /// <summary>What is to be done, in this order; whoever drives takes each out before doing it.</summary>
    public Queue<PoolEffect> Effects { get; } = new();

    /// <summary>When <see cref="Tick"/> is due; may be too early, never too late.</summary>
    public long NextDue => _schedule.Next;

    /// <summary>Whether the pool closes and nothing is left to close.</summary>
    public bool IsFinished => _isClosing && _slots.Count == 0;

    /// <summary>Until the back-off lets the next connect start; zero if connects do not fail, or the pool opens none any more.</summary>
    public TimeSpan RetryAfter(long now) =>
        _isClosing || _opener.RetryAt <= now ? TimeSpan.Zero : _settings.ToTimeSpan(_opener.RetryAt - now);

    /// <summary>Whether the last connect failed. Any thread.</summary>
    public bool IsFailing => _opener.Cause is not null;

    /// <summary>Takes in one signal.</summary>
    public void Handle(in PoolSignal signal, long now)
    {
        switch (signal.Kind)
        {
            case PoolSignalKind.Acquire:
                Acquire(signal.Waiter, signal.At, now);
                break;
            case PoolSignalKind.Abandoned:
                // Many may leave at once: one sweep at the end of the batch serves them all.
                _schedule.Due(now);
                break;
            case PoolSignalKind.Released:
                Released(signal.Lease, now);
                break;
            case PoolSignalKind.Opened:
                Opened(signal.Slot, signal.Connection, now);
                break;
            case PoolSignalKind.OpenFailed when signal.Slot.State == SlotState.Opening:
                _slots.Forget(signal.Slot);
                OpenFailed(signal.Cause, now);
                Pump(now);
                break;
            case PoolSignalKind.OpenFailed:
                _opener.EndedLate(signal.Slot);
                break;
            case PoolSignalKind.Usable or PoolSignalKind.Unusable when signal.Slot.State == SlotState.Checking:
                Checked(signal.Slot, signal.Kind == PoolSignalKind.Usable, now);
                Pump(now);
                break;
            case PoolSignalKind.Closed when signal.Slot.State == SlotState.Closing:
                _slots.Forget(signal.Slot);
                Pump(now);
                break;
            case PoolSignalKind.BackendIsBack when !_isClosing:
                _opener.BackendIsBack(now);
                Pump(now);
                break;
            case PoolSignalKind.ProbedUp when !_isClosing:
                _opener.ProbedUp();
                Pump(now);
                break;
            case PoolSignalKind.Resize when !_isClosing:
                Resize(signal.Limit, now);
                break;
        }
    }

    /// <summary>Lends the connection used last, if nothing but that is to be done: nobody waits, and no check, no open, no report is due.</summary>
    /// <returns>The connection, leased; null if the request has to go the long way.</returns>
    public PooledConnection? TryLend(ILeaseWaiter holder, long now)
    {
        if (_isClosing || _waiters.Count > 0 || _idle.Top is not { } slot || now >= slot.RetireAt || !_checks.IsTrusted(slot, now))
        {
            return null;
        }

        // What is to be kept idle is opened by the long way, once; while that is under way, or no more may be open, there is no need for it.
        if (_idle.Count <= _settings.MinIdle && _slots.Count < _settings.MaxConnections && _slots.CountOf(SlotState.Opening) == 0)
        {
            return null;
        }

        _idle.TryPop(out _);
        _leases.Begin(slot, holder, now);
        return slot;
    }

    /// <summary>Takes a connection back that nobody waits for and nothing is wrong with; false if it has to go the long way.</summary>
    public bool TryReturn(PoolLease lease, long now)
    {
        var slot = lease.Slot;
        if (!PoolLeases.IsCurrent(lease)
            || lease.IsBroken
            || slot.IsReported
            || _isClosing
            || _isExhausted
            || _waiters.Count > 0
            || _slots.Count > _settings.MaxConnections
            || now >= slot.RetireAt)
        {
            return false;
        }

        _leases.End(slot, now);
        Proved(slot, isUse: true, now);
        Rest(slot, now);
        if (_idle.Count >= _settings.MinIdle)
        {
            _opener.Satisfied();
        }

        return true;
    }

    /// <summary>Does what only time brings: ends waits, gives up connects, checks, closes and reports what is too old.</summary>
    public void Tick(long now)
    {
        _schedule.Clear();
        _waiters.Sweep(now, _opener.Cause, Effects);
        _schedule.Due(_waiters.NextExpiry);
        ReportExhaustion();
        foreach (var slot in _idle.TakeExpired(_settings, now))
        {
            Close(slot, now);
        }

        // Backwards, since a slot that leaves is replaced by the last one.
        for (var i = _slots.Count - 1; i >= 0; i--)
        {
            Look(_slots[i], now);
        }

        Pump(now);
        var canCheckMore = !_isClosing && _checks.KeepAlive(_idle, now);
        _schedule.Due(_idle.NextDue(_settings, canCheckMore));
        _schedule.Due(_opener.Watch(now));
    }

    /// <summary>Closes the pool: waits end now, idle connections close now, leased ones when they come back, at the latest at the time given.</summary>
    public void Shut(long leasesEndAt, long now)
    {
        _isClosing = true;
        _leases.EndAllAt(leasesEndAt);
        _waiters.Clear(_opener.Cause, Effects);
        while (_idle.TryPop(out var slot))
        {
            Close(slot!, now);
        }

        for (var i = 0; i < _slots.Count; i++)
        {
            if (_slots[i].State == SlotState.Opening)
            {
                // Told to stop, but waited for, so that what it opens all the same is closed before the pool is finished.
                _slots[i].Deadline = Math.Min(_slots[i].Deadline, leasesEndAt);
                Effects.Enqueue(new PoolEffect(PoolEffectKind.GiveUp, _slots[i]));
            }
        }

        Tick(now);
    }

    public ConnectionPoolSnapshot Snapshot() => new(
        _backend,
        Open: _slots.Open,
        Idle: _slots.CountOf(SlotState.Idle),
        Leased: _slots.CountOf(SlotState.Leased),
        Opening: _slots.CountOf(SlotState.Opening),
        Waiting: _waiters.Count,
        OpenedTotal: _slots.OpenedTotal,
        ClosedTotal: _slots.ClosedTotal,
        LastConnectFailure: _opener.Cause)
    {
        Hanging = _opener.Hanging,
        Timeouts = _waiters.TimedOut,
        Max = _settings.MaxConnections,
        MinIdle = _settings.MinIdle,
    };

    private void Acquire(ILeaseWaiter waiter, long askedAt, long now)
    {
        if (_isClosing)
        {
            Effects.Enqueue(PoolEffect.RefuseFor(waiter, _opener.Cause));
            return;
        }

        if (waiter.PrefersFailure && _opener.IsOutOfReach(now))
        {
            // Whoever can goes to another backend meanwhile.
            Effects.Enqueue(new PoolEffect(PoolEffectKind.RefuseUnconnected, Waiter: waiter, Cause: _opener.Cause));
            return;
        }

        _waiters.Add(waiter, Math.Min(askedAt + _settings.AcquireTimeout, waiter.Deadline));
        Pump(now);
        if (_waiters.Count > 0)
        {
            _schedule.Due(_waiters.NextExpiry);
        }
    }

    private void Released(PoolLease lease, long now)
    {
        var slot = lease.Slot;
        if (!PoolLeases.IsCurrent(lease))
        {
            return;
        }

        _leases.End(slot, now);
        if (lease.IsBroken)
        {
            Close(slot, now);
        }
        else
        {
            Proved(slot, isUse: true, now);
            Rest(slot, now);
        }

        Pump(now);
    }

    private void Opened(PooledConnection slot, object connection, long now)
    {
        _slots.Opened(slot, connection);
        if (slot.State != SlotState.Opening)
        {
            // It was given up: nobody may have the connection, but it is not leaked either.
            _opener.EndedLate(slot);
            _slots.Add(slot, now);
            Close(slot, now);
            return;
        }

        slot.RetireAt = now + (long)(_settings.MaxLifetime * (1 - (_random.NextDouble() * 0.1)));
        if (_settings.KeepAlive > 0)
        {
            slot.KeepAlive = (long)(_settings.KeepAlive * (1 - (_random.NextDouble() * 0.2)));
        }

        _opener.Succeeded(slot, now);
        Proved(slot, isUse: true, now);
        Rest(slot, now);
        Pump(now);
    }

    private void OpenFailed(Exception cause, long now)
    {
        if (_isClosing)
        {
            return;
        }

        _opener.Failed(cause, now);

        // Its failure stands for one of them, unless nothing is left that could serve the others.
        var isOutOfReach = _slots.Kept == 0;
        _waiters.RefuseWhoPrefersFailure(cause, Effects, most: isOutOfReach ? int.MaxValue : 1);
    }

    private void Checked(PooledConnection slot, bool isUsable, long now)
    {
        _checks.End(slot, now);
        if (isUsable)
        {
            Proved(slot, isUse: false, now);
            Rest(slot, now);
        }
        else
        {
            Close(slot, now);
        }
    }

    private void Resize(ConnectionLimit limit, long now)
    {
        _settings.Resize(limit);
        foreach (var slot in _idle.TakeOldest(_slots.Kept - limit.Max))
        {
            Close(slot, now);
        }

        // What is spare now may be due earlier than before.
        _schedule.Due(now);
        Pump(now);
    }

    private void Look(PooledConnection slot, long now)
    {
        switch (slot.State)
        {
            case SlotState.Opening when now >= slot.Deadline:
                _opener.GiveUp(slot, now);
                var limit = _settings.ToTimeSpan(_settings.ConnectTimeout);
                OpenFailed(new TimeoutException($"Connecting to {_backend} took longer than {limit.TotalSeconds:0.###} s."), now);
                break;
            case SlotState.Checking when _checks.IsOver(slot, now):
                _checks.End(slot, now);
                Close(slot, now);
                break;
            case SlotState.Closing when now >= slot.Deadline:
                _slots.Forget(slot);
                break;
            case SlotState.Leased when _leases.IsOver(slot, now):
                _leases.End(slot, now);
                Close(slot, now);
                break;
            case SlotState.Opening or SlotState.Closing:
                _schedule.Due(slot.Deadline);
                break;
        }
    }

    /// <summary>Brings those who wait and what is there together, and opens what is missing.</summary>
    private void Pump(long now)
    {
        while (_waiters.Count > 0 && _idle.TryPop(out var slot))
        {
            if (now >= slot!.RetireAt)
            {
                Close(slot, now);
            }
            else if (_checks.IsTrusted(slot, now))
            {
                Grant(slot, now);
            }
            else if (_checks.EndingSoon < _waiters.Count)
            {
                _checks.Begin(slot, now);
            }
            else
            {
                _idle.Push(slot);
                break;
            }
        }

        if (!_isClosing)
        {
            _schedule.Due(_opener.Fill(Missing(), _settings.MaxConnections - _slots.Count, now));
        }
    }

    private int Missing()
    {
        var opening = _slots.CountOf(SlotState.Opening);
        var missing = _waiters.Count + _settings.MinIdle - _idle.Count - _checks.EndingSoon - opening;

        // When a check hangs, the others will hardly be better: whoever waits is not to try them one after the other.
        return _checks.OneHangs ? Math.Max(missing, _waiters.Count - opening) : missing;
    }

    private void Grant(PooledConnection slot, long now)
    {
        if (!_waiters.TryTake(now, _opener.Cause, Effects, out var waiter))
        {
            _idle.Push(slot);
            return;
        }

        _leases.Begin(slot, waiter!, now);
        Effects.Enqueue(new PoolEffect(PoolEffectKind.Grant, slot, waiter));
    }

    private static void Proved(PooledConnection slot, bool isUse, long now)
    {
        slot.ProvenAt = now;
        slot.UsedAt = isUse ? now : slot.UsedAt;
    }

    // Only where connections are the reason: one that fails to connect has been reported by then.
    private void ReportExhaustion()
    {
        var hasNews = _waiters.TimedOut != _timeoutsSeen;
        _timeoutsSeen = _waiters.TimedOut;
        if (hasNews && !_isExhausted && !_isClosing && _opener.Cause is null && _slots.CountOf(SlotState.Leased) >= _settings.MaxConnections)
        {
            _isExhausted = true;
            Effects.Enqueue(new PoolEffect(PoolEffectKind.ReportExhaustion, Count: _settings.MaxConnections));
        }
    }

    /// <summary>Makes a connection idle, unless it is not wanted any more.</summary>
    private void Rest(PooledConnection slot, long now)
    {
        if (_isClosing || now >= slot.RetireAt || _slots.Kept > _settings.MaxConnections)
        {
            Close(slot, now);
            return;
        }

        _slots.Enter(slot, SlotState.Idle, now);
        _idle.Push(slot);
        if (_isExhausted && _waiters.Count == 0)
        {
            _isExhausted = false;
            Effects.Enqueue(new PoolEffect(PoolEffectKind.ReportRelief));
        }

        _schedule.Due(_idle.DueAfterPush(_settings, slot));
    }

    private void Close(PooledConnection slot, long now)
    {
        _slots.Enter(slot, SlotState.Closing, now);
        slot.Deadline = now + _settings.ConnectTimeout;
        _schedule.Due(slot.Deadline);
        Effects.Enqueue(new PoolEffect(PoolEffectKind.Close, slot));
    }
}
