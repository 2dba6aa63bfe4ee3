using System.Collections.Frozen;
using Akka.Actor;
using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>Keeps one pool per backend of the directory; <see cref="ConnectionPoolRouter"/> gives each its actor.</summary>
/// <remarks>A pool is there as soon as its backend is, even before its actor: who asks early waits in its inbox.</remarks>
internal sealed class ConnectionPools : IConnectionPools
{
    private readonly Lock _gate = new();
    private readonly BackendDirectory _directory;
    private readonly Func<Backend, BackendPool> _create;
    private readonly TaskCompletionSource _routerStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Published _published = Published.Nothing with { Version = -1 };

    // Guarded by the gate: every pool that has not ended, those of removed backends too.
    private readonly List<BackendPool> _living = [];
    private IActorRef? _router;
    private TimeSpan? _grace;

    private ConnectionPools(BackendDirectory directory, Func<Backend, BackendPool> create)
    {
        _directory = directory;
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

    public static ConnectionPools Create<TConnection>(
        BackendDirectory directory, IConnectionFactory<TConnection> factory, ConnectionOptions options, TimeProvider time, Random random)
        where TConnection : class
    {
        var worker = new ConnectionWorker<TConnection>(factory);
        var pools = new ConnectionPools(directory, Create);
        directory.Changed += pools.Follow;
        pools.Follow(directory.Current);
        return pools;

        // Each pool runs on a thread of its own, so each needs a source of chance of its own.
        BackendPool Create(Backend backend) => new(backend, options, worker, time, new Random(random.Next()));
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

    public async Task StopAsync(TimeSpan grace)
    {
        _directory.Changed -= Follow;
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
            var pool = _living.Find(pool => actor.Equals(pool.Actor));
            if (pool is not null && _living.Remove(pool) && _published.Pools.ContainsKey(pool.Backend))
            {
                Publish(_directory.Current);
            }
        }
    }

    /// <summary>Says that the router is gone for good: pools that never had an actor end here.</summary>
    public void RouterStopped()
    {
        _directory.Changed -= Follow;
        List<BackendPool> left;
        lock (_gate)
        {
            _grace ??= TimeSpan.Zero;
            _published = Published.Nothing;
            left = [.. _living];
            _living.Clear();
        }

        foreach (var pool in left.Where(pool => !pool.IsDead))
        {
            pool.Dispose();
        }

        _routerStopped.TrySetResult();
    }

    private void Follow(BackendSet set)
    {
        IActorRef? router;
        lock (_gate)
        {
            if (_grace is not null || set.Version <= _published.Version)
            {
                return;
            }

            Publish(set);
            router = _router;
        }

        router?.Tell(ConnectionPoolRouter.Protocol.Follow.Instance, ActorRefs.NoSender);
    }

    private void Publish(BackendSet set)
    {
        var pools = new Dictionary<Backend, BackendPool>();
        foreach (var status in set.All)
        {
            var pool = _living.Find(living => living.Backend == status.Backend && !living.IsDead);
            if (pool is null)
            {
                pool = _create(status.Backend);
                _living.Add(pool);
            }

            pools[status.Backend] = pool;
        }

        _published = new Published(pools.ToFrozenDictionary(), set.Version);
    }

    private sealed record Published(FrozenDictionary<Backend, BackendPool> Pools, long Version)
    {
        /// <summary>What stands there from the stop on; newer than any set.</summary>
        public static readonly Published Nothing = new(FrozenDictionary<Backend, BackendPool>.Empty, long.MaxValue);
    }
}
