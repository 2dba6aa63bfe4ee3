using Akka.Actor;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Tests.Pipeline;

public sealed class SmokeTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("smoke");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task A_plain_handler_answers()
    {
        var pipeline = Start<int, string>(builder => builder.CacheBy(id => $"k:{id}").Handle((id, _) => Task.FromResult($"v{id}")));
        Assert.Equal("v1", await pipeline.SendAsync(1));
        Assert.Equal("v1", await pipeline.SendAsync(1));
        Assert.Equal(1, pipeline.Describe().Cache!.Hits);
        var batch = await pipeline.SendBatchAsync(Enumerable.Range(0, 1000).ToArray());
        Assert.Equal(1000, batch.Count(o => o.IsSuccess));
        await pipeline.DrainAsync();
        Assert.Equal(PipelineState.Stopped, pipeline.Describe().State);
        Assert.Equal(0, pipeline.Describe().InFlight);
    }

    private RequestPipeline<TRequest, TResponse> Start<TRequest, TResponse>(Action<PipelineBuilder<TRequest, TResponse>> build)
    {
        var builder = new PipelineBuilder<TRequest, TResponse>();
        build(builder);
        var options = new PipelineOptions();
        builder.Apply(options);
        return PipelineStarter.Start(_system, "test", options, builder.Build("test")).Pipeline;
    }
}
