using Akka.Streams.Dsl;
using Akka.Streams.Stage;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Layers;

/// <summary>One stage with an end above and an end below, and a probe at each.</summary>
internal sealed class FlowRig<TIn, TOut> : IAsyncDisposable
{
    private readonly Island _island;

    private FlowRig(Island island, SourceProbe<TIn> source, SinkProbe<TOut> sink)
    {
        _island = island;
        In = source;
        Out = sink;
    }

    /// <summary>What goes into the stage.</summary>
    public SourceProbe<TIn> In { get; }

    /// <summary>What comes out of the stage.</summary>
    public SinkProbe<TOut> Out { get; }

    public static FlowRig<TIn, TOut> Start(IslandMode mode, GraphStage<Akka.Streams.FlowShape<TIn, TOut>> stage)
    {
        var island = new Island(mode);
        var (source, sink) = Probes.Source<TIn>().Via(stage).ToMaterialized(Probes.Sink<TOut>(), Keep.Both).Run(island.Materializer);
        return new FlowRig<TIn, TOut>(island, source, sink);
    }

    /// <summary>Returns when the stage has done what it had been told before.</summary>
    public async Task SettleAsync()
    {
        await In.SettleAsync();
        await Out.SettleAsync();
    }

    public Task StopAbruptlyAsync() => _island.StopAbruptlyAsync();

    public async ValueTask DisposeAsync()
    {
        In.Complete();
        Out.Cancel();
        await _island.DisposeAsync();
    }
}
