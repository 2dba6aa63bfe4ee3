using Akka.Streams.Dsl;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Layers;

/// <summary>One layer with a probe at each of its four ends.</summary>
internal sealed class LayerRig : IAsyncDisposable
{
    private readonly Island _island;

    private LayerRig(Island island, StageHost host, SourceProbe<Exchange> requests, SinkProbe<Exchange> outcomes, SinkProbe<Exchange> below, SourceProbe<Exchange> results)
    {
        _island = island;
        Host = host;
        Requests = requests;
        Outcomes = outcomes;
        Below = below;
        Results = results;
    }

    public StageHost Host { get; }

    /// <summary>Above: what goes down.</summary>
    public SourceProbe<Exchange> Requests { get; }

    /// <summary>Above: what came up.</summary>
    public SinkProbe<Exchange> Outcomes { get; }

    /// <summary>Below: what came down.</summary>
    public SinkProbe<Exchange> Below { get; }

    /// <summary>Below: what goes up.</summary>
    public SourceProbe<Exchange> Results { get; }

    public static LayerRig Start(IslandMode mode, StageHost host, Layer layer)
    {
        var island = new Island(mode);
        var above = Flow.FromSinkAndSource(Probes.Sink<Exchange>(), Probes.Source<Exchange>(), Keep.Both);
        var below = Flow.FromSinkAndSource(Probes.Sink<Exchange>(), Probes.Source<Exchange>(), Keep.Both);
        var ((outcomes, requests), (down, up)) = above
            .JoinMaterialized(layer, Keep.Left)
            .JoinMaterialized(below, Keep.Both)
            .Run(island.Materializer);
        return new LayerRig(island, host, requests, outcomes, down, up);
    }

    /// <summary>Sends an exchange in at the top and takes it out below.</summary>
    public async Task<Exchange> PassDownAsync(Exchange exchange)
    {
        Below.Pull();
        await Requests.PushAsync(exchange);
        return await Below.ExpectPushAsync();
    }

    /// <summary>Sends an exchange in below and takes it out at the top.</summary>
    public async Task<Exchange> PassUpAsync(Exchange exchange)
    {
        Outcomes.Pull();
        await Results.PushAsync(exchange);
        return await Outcomes.ExpectPushAsync();
    }

    /// <summary>Returns when the layer has done what it had been told before.</summary>
    public async Task SettleAsync()
    {
        await Requests.SettleAsync();
        await Outcomes.SettleAsync();
        await Below.SettleAsync();
        await Results.SettleAsync();
    }

    public Task StopAbruptlyAsync() => _island.StopAbruptlyAsync();

    public async ValueTask DisposeAsync()
    {
        Requests.Fail(new TestOverException());
        Results.Complete();
        Below.Cancel();
        Outcomes.Cancel();
        await _island.DisposeAsync();
    }

    private sealed class TestOverException : Exception;
}
