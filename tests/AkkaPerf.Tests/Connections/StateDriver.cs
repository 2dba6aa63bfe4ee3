using AkkaPerf.Backends;
using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>Drives a pool's state in virtual milliseconds and plays the factory by hand.</summary>
internal sealed class StateDriver
{
    private readonly PoolInbox _inbox = new();

    public StateDriver(ConnectionOptions options, int seed = 1, bool isShared = false)
    {
        State = new PoolState(new Backend("a", new Uri("tcp://a:1")), Settings(options, isShared), _inbox, new Random(seed));
        _inbox.Shortcut = lease => UsesShortcuts && State.TryReturn(lease, Now);
        Settle();
    }

    /// <summary>Whether what can be lent and given back without the pool's thread is.</summary>
    public bool UsesShortcuts { get; init; }

    public PoolState State { get; }

    public long Now { get; private set; }

    public List<PooledConnection> Opening { get; } = [];

    public List<PooledConnection> GivenUp { get; } = [];

    public List<PooledConnection> Checking { get; } = [];

    public List<PooledConnection> Closing { get; } = [];

    public List<StubWaiter> Granted { get; } = [];

    public List<PoolEffect> Reports { get; } = [];

    /// <summary>How long each connect took.</summary>
    public List<long> OpenTimes { get; } = [];

    /// <summary>Connections that the played factory has opened and not closed.</summary>
    public int OpenNow { get; private set; }

    public ConnectionPoolSnapshot Snapshot => State.Snapshot();

    public StubWaiter Acquire(bool prefersFailure = false, long deadline = long.MaxValue)
    {
        var waiter = new StubWaiter { PrefersFailure = prefersFailure, Deadline = deadline };
        if (UsesShortcuts && State.TryLend(waiter, Now) is { } slot)
        {
            Granted.Add(waiter);
            waiter.Granted(new PoolLease(slot));
            Settle();
            return waiter;
        }

        Feed(PoolSignal.Acquire(waiter, Now));
        return waiter;
    }

    /// <summary>Acquires, opening a connection if one is asked for.</summary>
    public StubWaiter AcquireNow()
    {
        var waiter = Acquire();
        OpenAll();
        Assert.True(waiter.IsGranted);
        return waiter;
    }

    public void Abandon(StubWaiter waiter)
    {
        waiter.IsAbandoned = true;
        Feed(PoolSignal.Abandoned(waiter));
    }

    public void Open(PooledConnection slot)
    {
        Opening.Remove(slot);
        GivenUp.Remove(slot);
        OpenNow++;
        Feed(PoolSignal.Opened(slot, new object()));
    }

    public void OpenAll()
    {
        while (Opening.Count > 0)
        {
            Open(Opening[0]);
        }
    }

    public void Fail(PooledConnection slot, Exception? cause = null)
    {
        Opening.Remove(slot);
        GivenUp.Remove(slot);
        Feed(PoolSignal.OpenFailed(slot, cause ?? new IOException("no")));
    }

    public void Check(PooledConnection slot, bool isUsable)
    {
        Checking.Remove(slot);
        Feed(PoolSignal.Checked(slot, isUsable));
    }

    public void Close(PooledConnection slot)
    {
        Closing.Remove(slot);
        OpenNow--;
        Feed(PoolSignal.Closed(slot));
    }

    public void CloseAll()
    {
        while (Closing.Count > 0)
        {
            Close(Closing[0]);
        }
    }

    public void Release(StubWaiter waiter, bool isBroken = false)
    {
        waiter.IsReleased = true;
        waiter.Lease!.Release(isBroken);
        Settle();
    }

    /// <summary>Lets time pass, ticking whenever the state asks for it.</summary>
    public void Advance(long milliseconds)
    {
        var end = Now + milliseconds;
        while (State.NextDue <= end)
        {
            Now = Math.Max(Now, State.NextDue);
            State.Tick(Now);
            Settle();
        }

        Now = end;
    }

    public void Resize(int max, int minIdle = 0) => Feed(PoolSignal.Resize(new ConnectionLimit(max, minIdle)));

    public void BackendIsBack() => Feed(PoolSignal.BackendIsBack());

    public void ProbedUp() => Feed(PoolSignal.ProbedUp());

    public void Shut(long leasesEndAt = long.MaxValue)
    {
        State.Shut(leasesEndAt, Now);
        Settle();
    }

    private static PoolSettings Settings(ConnectionOptions options, bool isShared) =>
        new(options, new ConnectionLimit(options.MaxPerBackend, options.MinIdle), 1000, isShared);

    private void Feed(PoolSignal signal)
    {
        State.Handle(signal, Now);
        Settle();
    }

    private void Settle()
    {
        Do();
        while (_inbox.TryTake(out var signal))
        {
            State.Handle(signal, Now);
            Do();
        }

        if (State.NextDue <= Now)
        {
            State.Tick(Now);
            Do();
        }
    }

    private void Do()
    {
        while (State.Effects.TryDequeue(out var effect))
        {
            switch (effect.Kind)
            {
                case PoolEffectKind.Open:
                    Opening.Add(effect.Slot!);
                    break;
                case PoolEffectKind.GiveUp:
                    Opening.Remove(effect.Slot!);
                    GivenUp.Add(effect.Slot!);
                    break;
                case PoolEffectKind.Check:
                    Checking.Add(effect.Slot!);
                    break;
                case PoolEffectKind.Close:
                    Checking.Remove(effect.Slot!);
                    Closing.Add(effect.Slot!);
                    break;
                case PoolEffectKind.Grant:
                    Granted.Add((StubWaiter)effect.Waiter!);
                    effect.Waiter!.Granted(new PoolLease(effect.Slot!));
                    break;
                case PoolEffectKind.Refuse or PoolEffectKind.RefuseUnconnected:
                    effect.Waiter!.Refused(effect.Cause, effect.Kind == PoolEffectKind.RefuseUnconnected, State.RetryAfter(Now));
                    break;
                case PoolEffectKind.ReportOpening:
                    OpenTimes.Add(effect.Held);
                    break;
                default:
                    Reports.Add(effect);
                    break;
            }
        }
    }
}
