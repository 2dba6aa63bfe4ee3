using Akka;
using Akka.Streams.Dsl;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Hosting;

/// <summary>What the container injects: forwards to the pipeline of its types and name, looked up once, on first use.</summary>
/// <remarks>The container is built before the pipelines are defined, so it can only hand out a promise of one.</remarks>
internal sealed class InjectedPipeline<TRequest, TResponse> : IRequestPipeline<TRequest, TResponse>
{
    private readonly PipelineRegistry _registry;
    private readonly string? _name;
    private IRequestPipeline<TRequest, TResponse>? _target;

    public InjectedPipeline(PipelineRegistry registry, [ServiceKey] object? name = null)
    {
        _registry = registry;
        _name = name?.ToString();
    }

    public string Name => Target.Name;

    public IPipelineBackends? Backends => Target.Backends;

    public IPipelineConnections? Connections => Target.Connections;

    public IPipelineCache<TRequest>? Cache => Target.Cache;

    private IRequestPipeline<TRequest, TResponse> Target => _target ??= _registry.Get<TRequest, TResponse>(_name);

    public PipelineSnapshot Describe() => Target.Describe();

    public void SetConcurrency(int concurrency) => Target.SetConcurrency(concurrency);

    public Task DrainAsync(CancellationToken cancellationToken = default) => Target.DrainAsync(cancellationToken);

    public ValueTask<TResponse> SendAsync(TRequest request, CancellationToken cancellationToken = default) =>
        Target.SendAsync(request, cancellationToken);

    public ValueTask<TResponse> SendAsync(TRequest request, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        Target.SendAsync(request, timeout, cancellationToken);

    public ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, CancellationToken cancellationToken = default) =>
        Target.TrySendAsync(request, cancellationToken);

    public ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        Target.TrySendAsync(request, timeout, cancellationToken);

    public Task<IReadOnlyList<Outcome<TResponse>>> SendBatchAsync(IReadOnlyList<TRequest> requests, CancellationToken cancellationToken = default) =>
        Target.SendBatchAsync(requests, cancellationToken);

    public Flow<TRequest, Outcome<TResponse>, NotUsed> AsFlow(int parallelism = 0) => Target.AsFlow(parallelism);
}
