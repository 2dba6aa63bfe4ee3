using Akka.Actor;
using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>Starts pools as its children and restarts them when they fail.</summary>
internal sealed class RestartingParent : ReceiveActor
{
    public RestartingParent(ConnectionPools pools)
    {
        pools.Start(Context, "connections", dispatcher: null);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart);
}
