using Akka.Actor;
using Akka.Event;

namespace AkkaPerf.Connections;

/// <summary>Drives one backend's pool: the only one that opens, assigns, retires and closes its connections.</summary>
/// <remarks>It keeps nothing of its own, so a restart loses nothing: pool and inbox go on with the next incarnation.</remarks>
internal sealed class ConnectionPoolActor : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly BackendPool _pool;

    public ConnectionPoolActor(BackendPool pool)
    {
        _pool = pool;
    }

    public static Props PropsFor(BackendPool pool, string? dispatcher)
    {
        var props = Props.Create(() => new ConnectionPoolActor(pool));
        return dispatcher is null ? props : props.WithDispatcher(dispatcher);
    }

    protected override void PreStart() => _pool.Attach(Self, _log);

    protected override void PreRestart(Exception reason, object message)
    {
        // Not the base's: it would run PostStop, and with it bury the pool.
    }

    protected override void PostRestart(Exception reason) => _pool.Attach(Self, _log);

    protected override void PostStop() => _pool.Dispose();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Protocol.Wake:
                _pool.Run(Self);
                break;
            case Protocol.Close close:
                _pool.Shut(close.Grace);
                break;
            default:
                Unhandled(message);
                break;
        }

        if (_pool.IsFinished)
        {
            Context.Stop(Self);
        }
    }

    /// <summary>What the actor understands. What happens to connections comes through the pool's inbox instead, since a message may find nobody.</summary>
    internal static class Protocol
    {
        /// <summary>There is something in the inbox.</summary>
        internal sealed record Wake
        {
            public static readonly Wake Instance = new();
        }

        /// <summary>Close what is idle now and what is leased when it comes back, at the latest after the grace; then stop.</summary>
        /// <param name="Grace">How long leases may last; infinite: as long as they do.</param>
        internal sealed record Close(TimeSpan Grace);
    }
}
