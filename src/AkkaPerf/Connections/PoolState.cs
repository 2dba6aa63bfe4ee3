using AkkaPerf.Backends;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>Decides for one backend's connections: who gets which, when one is opened, checked and closed. Does nothing itself.</summary>
/// <remarks>
/// No actor, no lock, no clock: one thread feeds it signals and the time, and then does what stands in <see cref="Effects"/>. It outlives the
/// actor that drives it. Only the snapshot may be read by any thread.
/// </remarks>
internal sealed class PoolState
{
    /// <summary>
    /// Connects that may run at once while few connections are open; later as many as are open, so that a pool at most doubles per connect time.
    /// Fewer would let one hanging connect stop the pool, more would open for a spike what a few quick connections could serve.
    /// </summary>
    private const int FirstConnects = 4;

    private readonly Backend _backend;
    private readonly PoolSettings _settings;
    private readonly PoolInbox _inbox;
    private readonly Random _random;
    private readonly ConnectBackOff _backOff;
    private readonly WaiterQueue _waiters = new();
    private readonly IdleStack _idle = new();
    private readonly SlotTable _slots = new();
    private long _leasesEndAt = long.MaxValue;
    private bool _isClosing;

    public PoolState(Backend backend, PoolSettings settings, PoolInbox inbox, Random random)
    {
        _backend = backend;
        _settings = settings;
        _inbox = inbox;
        _random = random;
        _backOff = new ConnectBackOff(settings, random);
        NextDue = settings.MinIdle > 0 ? long.MinValue : long.MaxValue;
    }

    /// <summary>What is to be done, in this order; whoever drives takes each out before doing it.</summary>
    public Queue<PoolEffect> Effects { get; } = new();

    /// <summary>When <see cref="Tick"/> is due; may be too early, never too late.</summary>
    public long NextDue { get; private set; }

    /// <summary>Whether the pool closes and nothing is left to close.</summary>
    public bool IsFinished => _isClosing && _slots.Count == 0;

    /// <summary>Until the back-off lets the next connect start; zero if connects do not fail, or the pool opens none any more.</summary>
    public TimeSpan RetryAfter(long now) =>
        _isClosing || _backOff.RetryAt <= now ? TimeSpan.Zero : _settings.ToTimeSpan(_backOff.RetryAt - now);

    /// <summary>Takes in one signal.</summary>
    public void Handle(in PoolSignal signal, long now)
    {
        switch (signal.Kind)
        {
            case PoolSignalKind.Acquire:
                Acquire(signal.Waiter, now);
                break;
            case PoolSignalKind.Abandoned:
                // Many may leave at once: one sweep at the end of the batch serves them all.
                Due(now);
                break;
            case PoolSignalKind.Released:
                Released(signal.Lease, now);
                break;
            case PoolSignalKind.Opened:
                Opened(signal.Slot, signal.Connection, now);
                break;
            case PoolSignalKind.OpenFailed when signal.Slot.State == SlotState.Opening:
                OpenFailed(signal.Slot, signal.Cause, now);
                Pump(now);
                break;
            case PoolSignalKind.Usable when signal.Slot.State == SlotState.Checking:
                Rest(signal.Slot, now);
                Pump(now);
                break;
            case PoolSignalKind.Unusable when signal.Slot.State == SlotState.Checking:
                Close(signal.Slot, now);
                Pump(now);
                break;
            case PoolSignalKind.Closed when signal.Slot.State == SlotState.Closing:
                _slots.Forget(signal.Slot);
                Pump(now);
                break;
        }
    }

    /// <summary>Does what only time brings: ends waits, gives up connects, closes and reports what is too old.</summary>
    public void Tick(long now)
    {
        NextDue = long.MaxValue;
        _waiters.Sweep(now, _backOff.Cause, Effects);
        Due(_waiters.NextExpiry);
        foreach (var slot in _idle.TakeExpired(_settings, now))
        {
            Close(slot, now);
        }

        // Backwards, since a slot that leaves is replaced by the last one.
        for (var i = _slots.Count - 1; i >= 0; i--)
        {
            Look(_slots[i], now);
        }

        Due(_idle.NextExpiry(_settings));
        Pump(now);
    }

    /// <summary>Closes the pool: waits end now, idle connections close now, leased ones when they come back, at the latest at the time given.</summary>
    public void Shut(long leasesEndAt, long now)
    {
        _isClosing = true;
        _leasesEndAt = Math.Min(_leasesEndAt, leasesEndAt);
        _waiters.Clear(_backOff.Cause, Effects);
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
        LastConnectFailure: _backOff.Cause);

    private void Acquire(ILeaseWaiter waiter, long now)
    {
        if (_isClosing)
        {
            Effects.Enqueue(PoolEffect.RefuseFor(waiter, _backOff.Cause));
            return;
        }

        if (waiter.PrefersFailure && _backOff.Cause is { } cause && IsOutOfReach(now))
        {
            Effects.Enqueue(new PoolEffect(PoolEffectKind.RefuseUnconnected, Waiter: waiter, Cause: cause));
            return;
        }

        _waiters.Add(waiter, Math.Min(now + _settings.AcquireTimeout, waiter.Deadline));
        Pump(now);
        if (_waiters.Count > 0)
        {
            Due(_waiters.NextExpiry);
        }
    }

    // While connects fail, one who tries again is enough: whoever can goes to another backend meanwhile.
    private bool IsOutOfReach(long now) => _slots.Open == 0 && (now < _backOff.RetryAt || _slots.CountOf(SlotState.Opening) > 0);

    private void Released(PoolLease lease, long now)
    {
        var slot = lease.Slot;
        if (slot.State != SlotState.Leased || slot.Epoch != lease.Epoch)
        {
            return;
        }

        EndLease(slot, now);
        if (lease.IsBroken)
        {
            Close(slot, now);
        }
        else
        {
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
            _slots.Add(slot);
            Close(slot, now);
            return;
        }

        slot.RetireAt = now + (long)(_settings.MaxLifetime * (1 - (_random.NextDouble() * 0.1)));
        if (_backOff.Cause is not null)
        {
            Effects.Enqueue(new PoolEffect(PoolEffectKind.ReportRecovery));
        }

        _backOff.Succeeded();
        Rest(slot, now);
        Pump(now);
    }

    private void OpenFailed(PooledConnection slot, Exception cause, long now)
    {
        _slots.Forget(slot);
        if (_isClosing)
        {
            return;
        }

        if (_backOff.Cause is null)
        {
            Effects.Enqueue(new PoolEffect(PoolEffectKind.ReportConnectFailure, Cause: cause));
        }

        _backOff.Failed(cause, now);

        // Its failure stands for one of them, unless nothing is left that could serve the others.
        var isOutOfReach = _slots.Open + _slots.CountOf(SlotState.Opening) == 0;
        _waiters.RefuseWhoPrefersFailure(cause, Effects, most: isOutOfReach ? int.MaxValue : 1);
    }

    private void Look(PooledConnection slot, long now)
    {
        switch (slot.State)
        {
            case SlotState.Opening when now >= slot.Deadline:
                Effects.Enqueue(new PoolEffect(PoolEffectKind.GiveUp, slot));
                var limit = _settings.ToTimeSpan(_settings.ConnectTimeout);
                OpenFailed(slot, new TimeoutException($"Connecting to {_backend} took longer than {limit.TotalSeconds:0.###} s."), now);
                break;
            case SlotState.Checking when now >= slot.Deadline:
                // A connection that cannot even say whether it works does not.
                Close(slot, now);
                break;
            case SlotState.Closing when now >= slot.Deadline:
                _slots.Forget(slot);
                break;
            case SlotState.Leased when now >= _leasesEndAt:
                EndLease(slot, now);
                Close(slot, now);
                break;
            case SlotState.Leased:
                LookAtLease(slot, now);
                break;
            case SlotState.Opening or SlotState.Checking or SlotState.Closing:
                Due(slot.Deadline);
                break;
        }
    }

    private void LookAtLease(PooledConnection slot, long now)
    {
        Due(_leasesEndAt);
        if (_settings.LeakThreshold == 0 || slot.IsReported)
        {
            return;
        }

        if (now - slot.Since < _settings.LeakThreshold)
        {
            Due(slot.Since + _settings.LeakThreshold);
            return;
        }

        slot.IsReported = true;
        Effects.Enqueue(new PoolEffect(PoolEffectKind.ReportLeak, slot, slot.Holder, Held: now - slot.Since));
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
            else if (_settings.IsShared || now - slot.Since <= _settings.Trust)
            {
                Grant(slot, now);
            }
            else if (_slots.CountOf(SlotState.Checking) < _waiters.Count)
            {
                EnterUntilDeadline(slot, SlotState.Checking, now);
                Effects.Enqueue(new PoolEffect(PoolEffectKind.Check, slot));
            }
            else
            {
                _idle.Push(slot);
                break;
            }
        }

        if (!_isClosing)
        {
            OpenMissing(now);
        }
    }

    private void Grant(PooledConnection slot, long now)
    {
        if (!_waiters.TryTake(now, _backOff.Cause, Effects, out var waiter))
        {
            _idle.Push(slot);
            return;
        }

        _slots.Enter(slot, SlotState.Leased, now);
        slot.Epoch++;
        slot.Holder = waiter;
        if (_settings.LeakThreshold > 0)
        {
            Due(now + _settings.LeakThreshold);
        }

        Effects.Enqueue(new PoolEffect(PoolEffectKind.Grant, slot, waiter));
    }

    private void EndLease(PooledConnection slot, long now)
    {
        if (slot.IsReported)
        {
            Effects.Enqueue(new PoolEffect(PoolEffectKind.ReportReturn, slot, slot.Holder, Held: now - slot.Since));
        }

        slot.IsReported = false;
        slot.Holder = null;
    }

    /// <summary>Makes a connection idle, unless it is not wanted any more.</summary>
    private void Rest(PooledConnection slot, long now)
    {
        if (_isClosing || now >= slot.RetireAt)
        {
            Close(slot, now);
            return;
        }

        _slots.Enter(slot, SlotState.Idle, now);
        _idle.Push(slot);
        Due(_idle.ExpiryAfterPush(_settings));
    }

    private void OpenMissing(long now)
    {
        // Those on their way count against the need: whoever is first serves whoever waits first, and what comes too late becomes idle.
        while (_slots.Count < _settings.MaxConnections
            && _waiters.Count + _settings.MinIdle > _idle.Count + _slots.CountOf(SlotState.Checking) + _slots.CountOf(SlotState.Opening)
            && (_settings.IsShared || _slots.CountOf(SlotState.Opening) < Math.Max(FirstConnects, _slots.Open)))
        {
            if (now < _backOff.RetryAt)
            {
                Due(_backOff.RetryAt);
                return;
            }

            var slot = new PooledConnection(_backend, _inbox);
            _slots.Add(slot);
            EnterUntilDeadline(slot, SlotState.Opening, now);
            Effects.Enqueue(new PoolEffect(PoolEffectKind.Open, slot));
        }
    }

    private void Close(PooledConnection slot, long now)
    {
        EnterUntilDeadline(slot, SlotState.Closing, now);
        Effects.Enqueue(new PoolEffect(PoolEffectKind.Close, slot));
    }

    private void EnterUntilDeadline(PooledConnection slot, SlotState state, long now)
    {
        _slots.Enter(slot, state, now);
        slot.Deadline = now + _settings.ConnectTimeout;
        Due(slot.Deadline);
    }

    private void Due(long at) => NextDue = Math.Min(NextDue, at);
}
