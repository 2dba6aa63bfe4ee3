using Akka.Actor;

namespace AkkaPerf.Connections;

/// <summary>Gives every backend's pool an actor, closes the pools of removed backends, and restarts what crashes.</summary>
/// <remarks>Its knowledge is in <see cref="ConnectionPools"/>, so that a restart of its own harms nobody: its children stay.</remarks>
internal sealed class ConnectionPoolRouter : UntypedActor
{
    private readonly ConnectionPools _pools;
    private readonly string? _dispatcher;
    private long _lastNumber;

    public ConnectionPoolRouter(ConnectionPools pools, string? dispatcher)
    {
        _pools = pools;
        _dispatcher = dispatcher;
    }

    /// <summary>The router and its children on the dispatcher of that id; null means the default one.</summary>
    public static Props PropsFor(ConnectionPools pools, string? dispatcher)
    {
        var props = Props.Create(() => new ConnectionPoolRouter(pools, dispatcher));
        return dispatcher is null ? props : props.WithDispatcher(dispatcher);
    }

    protected override void PreStart()
    {
        _pools.Attach(Self);
        Follow();
    }

    protected override void PreRestart(Exception reason, object message)
    {
        // Not the base's: it would stop the children, and run PostStop, which ends the pools.
    }

    protected override void PostRestart(Exception reason) => Follow();

    protected override void PostStop() => _pools.RouterStopped();

    // A pool survives whatever crashed its actor, so a new incarnation is always the right answer, also to a Kill.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Protocol.Follow:
                Follow();
                break;
            case Terminated terminated:
                _pools.Forget(terminated.ActorRef);
                Follow();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Follow()
    {
        var grace = _pools.Grace;
        var living = _pools.Living();
        foreach (var (pool, isWanted) in living)
        {
            pool.Actor ??= Context.ActorOf(ConnectionPoolActor.PropsFor(pool, _dispatcher), NameFor(pool));
            Context.Watch(pool.Actor);
            if (!isWanted)
            {
                // Twice does no harm: the shorter grace counts.
                pool.Actor.Tell(new ConnectionPoolActor.Protocol.Close(grace ?? Timeout.InfiniteTimeSpan));
            }
        }

        if (grace is not null && living.Count == 0)
        {
            Context.Stop(Self);
        }
    }

    // Numbered, since a removed backend's namesake may come while its last leases are still out; a restart forgets the count.
    private string NameFor(BackendPool pool)
    {
        string name;
        do
        {
            name = $"{++_lastNumber}-{pool.Backend.Id}";
        }
        while (!Context.Child(name).IsNobody());

        return name;
    }

    /// <summary>What the router understands.</summary>
    internal static class Protocol
    {
        /// <summary>The set of backends has changed, or all are to stop.</summary>
        internal sealed record Follow
        {
            public static readonly Follow Instance = new();
        }
    }
}
