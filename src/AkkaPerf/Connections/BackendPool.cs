using Akka.Actor;
using Akka.Event;
using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaPerf.Connections;

/// <summary>The connections to one backend: inbox, state, and doing what the state decides. An actor drives it; it outlives the actor's restart.</summary>
/// <remarks>
/// What needs nothing done, an idle connection lent and given back, happens on the borrower's thread, under the state's gate: half a
/// microsecond instead of two ways through the actor. A gate that is busy is never waited for: then the request takes its way through the
/// inbox, as does everything else. Before the actor is there, requests collect in the inbox. After it has gone for good, whoever posts drives
/// the pool under a lock, so that leases that come late are closed and nobody waits for ever.
/// </remarks>
internal sealed class BackendPool : IBackendPool, IDisposable
{
    /// <summary>Signals read before the actor sees to its other messages.</summary>
    private const int BatchSize = 512;

    private readonly Lock _afterlife = new();
    private readonly PoolGate _gate = new();
    private readonly PoolInbox _inbox = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IConnectionWorker _worker;
    private readonly TimeProvider _time;
    private readonly PoolSettings _settings;
    private readonly PoolState _state;
    private readonly PoolTimer _timer;
    private readonly Action<Exception> _onCloseFailure;
    private volatile PoolReport _report;

    public BackendPool(Backend backend, PoolSettings settings, IConnectionWorker worker, TimeProvider time, Random random)
    {
        Backend = backend;
        _worker = worker;
        _time = time;
        _settings = settings;
        _inbox.Shortcut = TryReturn;
        _state = new PoolState(backend, _settings, _inbox, random);
        _timer = new PoolTimer(time, _inbox);
        _report = new PoolReport(backend, _settings, NullLogger.Instance);
        _onCloseFailure = failure => _report.CloseFailure(failure);
    }

    public Backend Backend { get; }

    /// <summary>Who drives it; null until the router has made one. The router only.</summary>
    public IActorRef? Actor { get; set; }

    /// <summary>Told when connects begin to fail; on the thread that drives the pool.</summary>
    public Action<Backend>? ConnectsFail { get; init; }

    /// <summary>Who else is told of what happens; the same thread.</summary>
    public PoolWatch Watch { get; init; } = PoolWatch.Nobody;

    /// <summary>Completed when every connection is closed, or the actor has been stopped by others.</summary>
    public Task Ended => _ended.Task;

    public bool IsDead => _inbox.IsDead;

    public bool IsFinished => _state.IsFinished;

    public ConnectionPoolSnapshot Snapshot => _state.Snapshot();

    public Lease? TryAcquire(ILeaseWaiter waiter)
    {
        var now = _time.GetTimestamp();
        if (!_gate.TryEnter())
        {
            return null;
        }

        try
        {
            if (_state.TryLend(waiter, now) is not { } slot)
            {
                return null;
            }

            _timer.Arm(_state.NextDue);
            return new PoolLease(slot);
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Acquire(ILeaseWaiter waiter)
    {
        if (_inbox.IsDead)
        {
            waiter.Refused(cause: null, waiter.PrefersFailure, retryAfter: default);
            return;
        }

        _inbox.Post(PoolSignal.Acquire(waiter, _time.GetTimestamp()));
    }

    public void Abandoned(ILeaseWaiter waiter) => _inbox.Post(PoolSignal.Abandoned(waiter));

    public void BackendIsBack() => _inbox.Post(PoolSignal.BackendIsBack());

    public void ProbedUp()
    {
        if (_state.IsFailing)
        {
            _inbox.Post(PoolSignal.ProbedUp());
        }
    }

    public void Resize(ConnectionLimit limit) => _inbox.Post(PoolSignal.Resize(limit));

    /// <summary>Makes an actor, fresh or restarted, the one that drives this pool.</summary>
    public void Attach(IActorRef actor, ILoggingAdapter log)
    {
        _report = new PoolReport(Backend, _settings, Watch.Logger ?? new AkkaLogger(log));
        _inbox.WakeUp(actor);
    }

    /// <summary>Works off what has come. The actor only.</summary>
    public void Run(IActorRef actor)
    {
        // What a crash left undone comes first.
        Execute();
        var left = BatchSize;
        do
        {
            left -= Advance(left);
            if (left <= 0)
            {
                _inbox.WakeUp(actor);
                return;
            }
        }
        while (!_inbox.TrySleep());
    }

    /// <summary>Begins to close; what is leased may take until the grace is over. The actor only.</summary>
    public void Shut(TimeSpan grace)
    {
        Execute();
        var now = _time.GetTimestamp();
        _gate.Enter();
        try
        {
            _state.Shut(grace == Timeout.InfiniteTimeSpan ? long.MaxValue : now + Math.Min(_settings.ToTimestamps(grace), long.MaxValue - now), now);
            _timer.Arm(_state.NextDue);
        }
        finally
        {
            _gate.Exit();
        }

        Execute();
    }

    /// <summary>Says that no actor drives the pool any more: from now on it only closes. The actor's last act, or its parent's if it never came to be.</summary>
    public void Dispose()
    {
        _inbox.Bury(RunAfterDeath);
        lock (_afterlife)
        {
            _gate.Enter();
            try
            {
                _state.Shut(long.MaxValue, _time.GetTimestamp());
                _timer.Dispose();
            }
            finally
            {
                _gate.Exit();
            }
        }

        RunAfterDeath();
        _ended.TrySetResult();
    }

    private void RunAfterDeath()
    {
        lock (_afterlife)
        {
            Execute();
            while (_inbox.TryTake(out var signal))
            {
                Handle(signal, _time.GetTimestamp());
                Execute();
            }
        }
    }

    private bool TryReturn(PoolLease lease)
    {
        var now = _time.GetTimestamp();
        if (!_gate.TryEnter())
        {
            return false;
        }

        try
        {
            if (!_state.TryReturn(lease, now))
            {
                return false;
            }

            _timer.Arm(_state.NextDue);
            return true;
        }
        finally
        {
            _gate.Exit();
        }
    }

    private int Advance(int limit)
    {
        var count = 0;
        var now = _time.GetTimestamp();
        while (count < limit && _inbox.TryTake(out var signal))
        {
            count++;
            Handle(signal, now);
            Execute();
        }

        Tick(now);
        Execute();
        return count;
    }

    private void Handle(in PoolSignal signal, long now)
    {
        _gate.Enter();
        try
        {
            if (signal.Kind == PoolSignalKind.TimerFired)
            {
                _timer.Fired();
            }
            else
            {
                _state.Handle(signal, now);
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Tick(long now)
    {
        _gate.Enter();
        try
        {
            if (now >= _state.NextDue)
            {
                _state.Tick(now);
            }

            _timer.Arm(_state.NextDue);
        }
        finally
        {
            _gate.Exit();
        }
    }

    // Not under the gate: what is done may call others, and only who drives the pool puts effects in or takes them out.
    private void Execute()
    {
        // Each is taken out before it is done: a crash may lose one effect of ours, but never grants twice.
        while (_state.Effects.TryDequeue(out var effect))
        {
            Execute(effect);
        }
    }

    private void Execute(in PoolEffect effect)
    {
        switch (effect.Kind)
        {
            case PoolEffectKind.Open:
                _worker.Open(effect.Slot!);
                break;
            case PoolEffectKind.GiveUp:
                _worker.GiveUp(effect.Slot!);
                break;
            case PoolEffectKind.Check:
                _worker.Check(effect.Slot!);
                break;
            case PoolEffectKind.Close:
                _worker.Close(effect.Slot!, _onCloseFailure);
                break;
            case PoolEffectKind.Grant:
                Grant(effect);
                break;
            case PoolEffectKind.Refuse or PoolEffectKind.RefuseUnconnected:
                Refuse(effect);
                break;
            case PoolEffectKind.ReportConnectFailure:
                _report.Write(effect);
                ConnectsFail?.Invoke(Backend);
                break;
            case PoolEffectKind.ReportOpening:
                Watch.Opened?.Invoke(Backend, effect.Held);
                break;
            default:
                _report.Write(effect);
                break;
        }
    }

    private void Grant(in PoolEffect effect)
    {
        var lease = new PoolLease(effect.Slot!);
        try
        {
            effect.Waiter!.Granted(lease);
        }
        catch (Exception failure)
        {
            // Whether it kept the lease is unknown: a connection is cheaper than one held for ever or by two.
            lease.Release(isBroken: true);
            _report.WaiterFailure(failure);
        }
    }

    private void Refuse(in PoolEffect effect)
    {
        try
        {
            var retryAfter = _state.RetryAfter(_time.GetTimestamp());
            effect.Waiter!.Refused(effect.Cause, effect.Kind == PoolEffectKind.RefuseUnconnected, retryAfter);
        }
        catch (Exception failure)
        {
            _report.WaiterFailure(failure);
        }
    }
}
