using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using AkkaPerf.Balancing;
using AkkaPerf.Caching;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Layers;
using AkkaPerf.Retrying;
using AkkaPerf.Throttling;

namespace AkkaPerf.Pipeline;

/// <summary>Stacks the layers of a pipeline into one fused island; the path, visible in one place.</summary>
internal static class PipelineGraph
{
    public static IRunnableGraph<NotUsed> Create(PipelineCore core)
    {
        var options = core.Options;

        // The door: any thread in, deadlines watched, everything answered and returned.
        var path = Flow.FromGraph(new IngressStage(core.Ingress));

        // A hit or a joined load must not use up a permit.
        path = core.Cache is null
            ? path
            : Extend(path, new CachingLayer(core.Cache, core.Loads!, core.Caching, core.Keeper!, core.Time));

        // Permits protect what is expensive: right above it, and the only place to wait.
        path = Extend(path, new ThrottlingLayer(
            options.Throttle, options.Ingress.WhenFull == WhenFull.Reject, (core.Permits, core.Starts), core.Throttling, core.Time)
        {
            HasRetries = core.Retrying is not null,
        });

        // Tries one after the other share a permit, and each has its backend found anew.
        path = core.Retrying is null ? path : Extend(path, new RetryingLayer(core.Retrying));

        // Only what may start is balanced: the choice is as fresh as can be.
        path = core.Directory is null ? path : Extend(path, new BalancingLayer(
            core.Directory, core.Balancing!.Selector, core.Time, options.Health.Enabled ? options.Health.Interval : default));

        // A connection, the grant, the outcome.
        return Close(path, new ConnectionsStage(core.Connections, core.Pools));
    }

    // A bidi on top of the rest of the stack is what the layers above see as one flow; built from the top, a layer extends the
    // open end below: what goes out of the path goes through the layer, and what comes up from below comes back into the path.
    private static Flow<Exchange, Exchange, NotUsed> Extend(Flow<Exchange, Exchange, NotUsed> path, Layer layer) =>
        Flow.FromGraph(GraphDsl.Create(builder =>
        {
            var above = builder.Add(path);
            var here = builder.Add(layer);
            builder.From(above.Outlet).To(here.Inlet1);
            builder.From(here.Outlet2).To(above.Inlet);
            return new FlowShape<Exchange, Exchange>(here.Inlet2, here.Outlet1);
        }));

    private static IRunnableGraph<NotUsed> Close(Flow<Exchange, Exchange, NotUsed> path, ConnectionsStage bottom) => path.Join(Flow.FromGraph(bottom));
}
