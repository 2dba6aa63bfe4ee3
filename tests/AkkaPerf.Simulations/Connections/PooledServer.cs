using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.Simulations.Balancing;

namespace AkkaPerf.Simulations.Connections;

/// <summary>A server and production's pool of connections to it. While it is down it refuses connects at once, and its connections are dead.</summary>
internal sealed class PooledServer
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);

    private readonly VirtualClock _clock;
    private readonly PoolInbox _inbox = new();
    private readonly PoolState _state;
    private int _life;
    private bool _isDriving;

    public PooledServer(VirtualClock clock, Backend backend, ConnectionOptions options, int seed)
    {
        _clock = clock;
        Backend = backend;
        var limit = new ConnectionLimit(options.MaxPerBackend, options.MinIdle);
        _state = new PoolState(backend, new PoolSettings(options, limit, clock.TimestampFrequency, isShared: false), _inbox, new Random(seed));
        Drive();
    }

    public Backend Backend { get; }

    public bool IsUp { get; private set; } = true;

    /// <summary>Connects under way.</summary>
    public int Connecting { get; private set; }

    /// <summary>The most of them at once since <see cref="ForgetMost"/>.</summary>
    public int MostConnecting { get; private set; }

    public int Served { get; private set; }

    /// <summary>When it served its first since <see cref="ForgetMost"/>; null if not yet.</summary>
    public TimeSpan? FirstServedAt { get; private set; }

    /// <summary>When the probes found it up since <see cref="ForgetMost"/>: the first that did, or the one by which it was said to be up again.</summary>
    public TimeSpan? FoundUpAt { get; private set; }

    public ConnectionPoolSnapshot Snapshot => _state.Snapshot();

    public void Fall() => IsUp = false;

    public void Rise()
    {
        IsUp = true;
        _life++;
    }

    public void ForgetMost() => (MostConnecting, FirstServedAt, FoundUpAt) = (Connecting, null, null);

    /// <summary>A probe has found it up.</summary>
    /// <param name="isNews">Whether it was said to be down until then.</param>
    public void Found(bool isNews)
    {
        FoundUpAt = isNews ? _clock.Now : FoundUpAt ?? _clock.Now;
        if (isNews)
        {
            Post(PoolSignal.BackendIsBack());
        }

        Post(PoolSignal.ProbedUp());
    }

    /// <summary>Hands a signal to the pool.</summary>
    public void Post(in PoolSignal signal)
    {
        _inbox.Post(signal);
        Drive();
    }

    /// <summary>Uses a lease as long as a request takes; tells whether it went well.</summary>
    public void Use(Lease lease, TimeSpan takes, Action<bool> done)
    {
        var isGood = IsUp && (int)lease.Connection == _life;
        _clock.After(isGood ? takes : AtOnce, () =>
        {
            isGood &= IsUp;
            Served += isGood ? 1 : 0;
            FirstServedAt ??= isGood ? _clock.Now : null;
            lease.Release(isBroken: !isGood);
            Drive();
            done(isGood);
        });
    }

    private void Drive()
    {
        if (_isDriving)
        {
            return;
        }

        _isDriving = true;
        var now = _clock.GetTimestamp();
        for (var hasTicked = false; ; Do())
        {
            if (_inbox.TryTake(out var signal))
            {
                _state.Handle(signal, now);
            }
            else if (!hasTicked && _state.NextDue <= now)
            {
                hasTicked = true;
                _state.Tick(now);
            }
            else
            {
                break;
            }
        }

        _isDriving = false;
        if (_state.NextDue < long.MaxValue)
        {
            _clock.At(TimeSpan.FromTicks(Math.Max(_state.NextDue, _clock.GetTimestamp() + 1)), Tick);
        }
    }

    private void Tick()
    {
        if (_state.NextDue <= _clock.GetTimestamp())
        {
            Drive();
        }
    }

    private void Do()
    {
        while (_state.Effects.TryDequeue(out var effect))
        {
            var (slot, waiter) = (effect.Slot!, effect.Waiter!);
            switch (effect.Kind)
            {
                case PoolEffectKind.Open:
                    MostConnecting = Math.Max(MostConnecting, ++Connecting);
                    _clock.After(IsUp ? ConnectTime : AtOnce, () => Opened(slot));
                    break;
                case PoolEffectKind.Check:
                    _clock.After(AtOnce, () => Post(PoolSignal.Checked(slot, IsUp && (int)slot.Connection! == _life)));
                    break;
                case PoolEffectKind.Close:
                    _clock.After(AtOnce, () => Post(PoolSignal.Closed(slot)));
                    break;
                case PoolEffectKind.Grant:
                    waiter.Granted(new PoolLease(slot));
                    break;
                case PoolEffectKind.Refuse or PoolEffectKind.RefuseUnconnected:
                    waiter.Refused(effect.Cause, effect.Kind == PoolEffectKind.RefuseUnconnected, _state.RetryAfter(_clock.GetTimestamp()));
                    break;
            }
        }
    }

    private void Opened(PooledConnection slot)
    {
        Connecting--;
        Post(IsUp ? PoolSignal.Opened(slot, _life) : PoolSignal.OpenFailed(slot, new IOException("refused")));
    }
}
