using Akka.Actor;
using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>Keeps one pool per backend of the directory; <see cref="ConnectionPoolRouter"/> gives each its actor.</summary>
/// <remarks>A pool is there as soon as its backend is, even before its actor: who asks early waits in its inbox.</remarks>
internal sealed class ConnectionPools : IConnectionPools
{
    private readonly Lock _gate = new();
    private readonly BackendDirectory _directory;
    private readonly ConnectionLimits _limits;
    private readonly Func<Backend, BackendPool> _create;
    private readonly TaskCompletionSource _routerStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Published _published = new([], BackendSet.Empty, Version: -1);

    // Guarded by the gate: every pool that has not ended, those of removed backends too.
    private readonly HashSet<BackendPool> _living = [];

    // Guarded by the gate: what those that have ended had counted.
    private readonly Dictionary<string, PoolTotals> _ended = new(StringComparer.Ordinal);
    private IActorRef? _router;
    private TimeSpan? _grace;

    private ConnectionPools(BackendDirectory directory, ConnectionLimits limits, Func<Backend, BackendPool> create)
    {
        _directory = directory;
        _limits = limits;
        _create = create;
    }

    /// <summary>How long leases may last once the pools are to stop; null before.</summary>
    public TimeSpan? Grace
    {
        get
        {
            lock (_gate)
            {
                return _grace;
            }
        }
    }

    /// <param name="directory">The backends.</param>
    /// <param name="factory">What opens connections.</param>
    /// <param name="options">The times of every pool.</param>
    /// <param name="time">Their clock.</param>
    /// <param name="random">Their chance.</param>
    /// <param name="limits">How many connections each may have; null means what the options say.</param>
    /// <param name="watch">Who is told of what happens; null: the actor system's log alone.</param>
    public static ConnectionPools Create<TConnection>(
        BackendDirectory directory,
        IConnectionFactory<TConnection> factory,
        ConnectionOptions options,
        TimeProvider time,
        Random random,
        ConnectionLimits? limits = null,
        PoolWatch? watch = null)
        where TConnection : class
    {
        limits ??= new ConnectionLimits(options, factory.IsShared);
        var worker = new ConnectionWorker<TConnection>(factory);
        var pools = new ConnectionPools(directory, limits, Create);
        directory.Changed += pools.Follow;
        directory.FoundUp += pools.ProbedUp;
        pools.Follow(directory.Current);
        return pools;

        // Each pool runs on a thread of its own, so each needs a source of chance of its own.
        BackendPool Create(Backend backend)
        {
            var settings = new PoolSettings(options, limits.For(backend), time.TimestampFrequency, worker.IsShared);
            return new BackendPool(backend, settings, worker, time, new Random(random.Next())) { ConnectsFail = directory.WantProbe, Watch = watch ?? PoolWatch.Nobody };
        }
    }

    /// <summary>Starts the router as a child of the parent; without it the pools only collect who asks.</summary>
    /// <param name="parent">Whose child.</param>
    /// <param name="name">The router's name.</param>
    /// <param name="dispatcher">Where router and pools run; null means the default one.</param>
    public void Start(IActorRefFactory parent, string name, string? dispatcher) =>
        parent.ActorOf(ConnectionPoolRouter.PropsFor(this, dispatcher), name);

    public IBackendPool? Find(Backend backend)
    {
        var published = _published;
        if (published.Pools.TryGetValue(backend, out var pool))
        {
            return pool;
        }

        // The directory shows a new backend a moment before it tells of it.
        var current = _directory.Current;
        if (current.Version <= published.Version)
        {
            return null;
        }

        Follow(current);
        return _published.Pools.GetValueOrDefault(backend);
    }

    public IReadOnlyList<ConnectionPoolSnapshot> Snapshot()
    {
        lock (_gate)
        {
            return [.. _living.Select(pool => pool.Snapshot)];
        }
    }

    public IReadOnlyDictionary<string, PoolTotals> Totals()
    {
        lock (_gate)
        {
            var totals = new Dictionary<string, PoolTotals>(_ended, StringComparer.Ordinal);
            foreach (var pool in _living)
            {
                Add(totals, pool.Backend.Id, pool.Snapshot);
            }

            return totals;
        }
    }

    public void BackendIsBack(Backend backend) => Find(backend)?.BackendIsBack();

    public void ApplyLimits()
    {
        lock (_gate)
        {
            foreach (var pool in _living)
            {
                pool.Resize(_limits.For(pool.Backend));
            }
        }
    }

    public async Task StopAsync(TimeSpan grace)
    {
        _directory.Changed -= Follow;
        _directory.FoundUp -= ProbedUp;
        IActorRef? router;
        Task[] ends;
        lock (_gate)
        {
            _grace = grace;
            _published = Published.Nothing;
            router = _router;
            ends = [.. _living.Select(pool => pool.Ended)];
        }

        if (router is null)
        {
            RouterStopped();
        }
        else
        {
            router.Tell(ConnectionPoolRouter.Protocol.Follow.Instance, ActorRefs.NoSender);
        }

        await Task.WhenAll(ends).ConfigureAwait(false);
        await _routerStopped.Task.ConfigureAwait(false);
    }

    /// <summary>Names the router, which then learns of every change.</summary>
    public void Attach(IActorRef router)
    {
        lock (_gate)
        {
            _router = router;
        }
    }

    /// <summary>Every pool that has not ended, and whether its backend is still in the set.</summary>
    public IReadOnlyList<(BackendPool Pool, bool IsWanted)> Living()
    {
        lock (_gate)
        {
            return [.. _living.Select(pool => (pool, _published.Pools.GetValueOrDefault(pool.Backend) == pool))];
        }
    }

    /// <summary>Drops the pool whose actor has ended; one whose backend is still wanted is replaced.</summary>
    public void Forget(IActorRef actor)
    {
        lock (_gate)
        {
            var pool = _living.FirstOrDefault(pool => actor.Equals(pool.Actor));
            if (pool is null)
            {
                return;
            }

            var isWanted = _published.Pools.ContainsKey(pool.Backend);
            Bury(pool, isWanted || _grace is not null ? pool.Backend.Id : pool.Backend.LastingId);
            if (isWanted)
            {
                // Not by a newer set: what that has changed is not told yet.
                Publish(_published.Set);
            }
        }
    }

    /// <summary>Says that the router is gone for good: pools that never had an actor end here.</summary>
    public void RouterStopped()
    {
        _directory.Changed -= Follow;
        _directory.FoundUp -= ProbedUp;
        List<BackendPool> left;
        lock (_gate)
        {
            _grace ??= TimeSpan.Zero;
            _published = Published.Nothing;
            left = [.. _living];
        }

        foreach (var pool in left.Where(pool => !pool.IsDead))
        {
            pool.Dispose();
        }

        lock (_gate)
        {
            left.ForEach(pool => Bury(pool, pool.Backend.Id));
        }

        _routerStopped.TrySetResult();
    }

    private static void Add(Dictionary<string, PoolTotals> totals, string id, ConnectionPoolSnapshot pool) =>
        totals[id] = totals.GetValueOrDefault(id).With(pool);

    // Its figures are final; with the gate held.
    private void Bury(BackendPool pool, string id)
    {
        if (_living.Remove(pool))
        {
            Add(_ended, id, pool.Snapshot);
        }
    }

    private void ProbedUp(Backend backend) => _published.Pools.GetValueOrDefault(backend)?.ProbedUp();

    private void Follow(BackendSet set)
    {
        IActorRef? router;
        lock (_gate)
        {
            if (_grace is not null || set.Version <= _published.Version)
            {
                return;
            }

            var before = _published;
            var isSame = IsSame(before.Set, set);
            if (isSame)
            {
                // Weights and health change often, and are no business of the router's.
                _published = before with { Set = set, Version = set.Version };
            }
            else
            {
                Publish(set);
            }

            TellWhoIsBack(before.Set, set, isSame);
            router = isSame ? null : _router;
        }

        router?.Tell(ConnectionPoolRouter.Protocol.Follow.Instance, ActorRefs.NoSender);
    }

    private static bool IsSame(BackendSet before, BackendSet after)
    {
        if (before.All.Length != after.All.Length)
        {
            return false;
        }

        for (var i = 0; i < after.All.Length; i++)
        {
            if (!ReferenceEquals(before.All[i].Backend, after.All[i].Backend))
            {
                return false;
            }
        }

        return true;
    }

    private static bool GetsTraffic(BackendHealth health) => health is BackendHealth.Healthy or BackendHealth.Degraded or BackendHealth.Probation;

    private void TellWhoIsBack(BackendSet before, BackendSet after, bool isSame)
    {
        // Where the same backends stand at the same places nothing has to be looked up: that is how most changes are.
        var healthBefore = isSame ? null : before.All.ToDictionary(status => status.Backend, status => status.Health);
        for (var i = 0; i < after.All.Length; i++)
        {
            var status = after.All[i];
            var earlier = isSame ? before.All[i].Health : healthBefore!.GetValueOrDefault(status.Backend, status.Health);
            if (GetsTraffic(status.Health) && !GetsTraffic(earlier))
            {
                _published.Pools[status.Backend].BackendIsBack();
            }
        }
    }

    private void Publish(BackendSet set)
    {
        var known = _living.Where(pool => !pool.IsDead).ToDictionary(pool => pool.Backend);
        var pools = new Dictionary<Backend, BackendPool>(set.All.Length);
        foreach (var status in set.All)
        {
            if (!known.TryGetValue(status.Backend, out var pool))
            {
                pool = _create(status.Backend);
                _living.Add(pool);
            }

            pools[status.Backend] = pool;
        }

        _published = new Published(pools, set, set.Version);
    }

    /// <summary>Never changed once it is published.</summary>
    private sealed record Published(Dictionary<Backend, BackendPool> Pools, BackendSet Set, long Version)
    {
        /// <summary>What stands there from the stop on; newer than any set.</summary>
        public static readonly Published Nothing = new([], BackendSet.Empty, long.MaxValue);
    }
}
