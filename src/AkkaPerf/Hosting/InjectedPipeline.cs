using Akka;
using Akka.Streams.Dsl;
using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Hosting;

/// <summary>What the container injects: forwards to the pipeline of its types and name, looked up on first use and whenever that may have changed.</summary>
/// <remarks>The container is built before the pipelines are defined, so it can only hand out a promise of one.</remarks>
internal sealed class InjectedPipeline<TRequest, TResponse> : IRequestPipeline<TRequest, TResponse>, IWaitingSender<TRequest, TResponse>
{
    private readonly PipelineRegistry _registry;
    private readonly string? _name;
    private Found? _found;

    public InjectedPipeline(PipelineRegistry registry, [ServiceKey] object? name = null)
    {
        _registry = registry;
        _name = name?.ToString();
    }

    public string Name => Target.Name;

    public IPipelineBackends? Backends => Target.Backends;

    public IPipelineConnections? Connections => Target.Connections;

    public IPipelineCache<TRequest>? Cache => Target.Cache;

    public IPipelineStore<TResponse>? Store => Target.Store;

    private IRequestPipeline<TRequest, TResponse> Target
    {
        get
        {
            var found = _found;
            return found is not null && found.Version == _registry.Version ? found.Pipeline : Find();
        }
    }

    public PipelineSnapshot Describe() => Target.Describe();

    public void SetConcurrency(int concurrency) => Target.SetConcurrency(concurrency);

    public void SetQueue(int places) => Target.SetQueue(places);

    public IReadOnlyList<KeyHits<string>> HottestKeys(int count) => Target.HottestKeys(count);

    public IReadOnlyList<RefusalSnapshot> TakeRefusals() => Target.TakeRefusals();

    public Task DrainAsync(CancellationToken cancellationToken = default) => Target.DrainAsync(cancellationToken);

    public ValueTask<TResponse> SendAsync(TRequest request, CancellationToken cancellationToken = default)
    {
        var target = Target;
        var sent = target.SendAsync(request, cancellationToken);
        return sent.IsFaulted && HasSuccessor(target) ? SendAgainAsync(sent, request, timeout: null, cancellationToken) : sent;
    }

    public ValueTask<TResponse> SendAsync(TRequest request, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var target = Target;
        var sent = target.SendAsync(request, timeout, cancellationToken);
        return sent.IsFaulted && HasSuccessor(target) ? SendAgainAsync(sent, request, timeout, cancellationToken) : sent;
    }

    public ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, CancellationToken cancellationToken = default)
    {
        var target = Target;
        var sent = target.TrySendAsync(request, cancellationToken);
        return sent.IsCompletedSuccessfully && HasSuccessor(target) ? TrySendAgainAsync(sent, request, timeout: null, cancellationToken) : sent;
    }

    public ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var target = Target;
        var sent = target.TrySendAsync(request, timeout, cancellationToken);
        return sent.IsCompletedSuccessfully && HasSuccessor(target) ? TrySendAgainAsync(sent, request, timeout, cancellationToken) : sent;
    }

    public Task<IReadOnlyList<Outcome<TResponse>>> SendBatchAsync(IReadOnlyList<TRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return Batch<TRequest, TResponse>.SendAsync(this, requests, Target.Describe().Permits.Limit, cancellationToken);
    }

    public Flow<TRequest, Outcome<TResponse>, NotUsed> AsFlow(int parallelism = 0) =>
        RequestFlowStage<TRequest, TResponse>.FlowThrough(Name, this, parallelism, Target.Describe().Permits.Limit);

    public ValueTask<Outcome<TResponse>> SendWaitingAsync(TRequest request, CancellationToken cancellationToken)
    {
        var target = Target;
        var sent = ((IWaitingSender<TRequest, TResponse>)target).SendWaitingAsync(request, cancellationToken);
        return sent.IsCompletedSuccessfully && HasSuccessor(target) ? SendWaitingAgainAsync(sent, request, cancellationToken) : sent;
    }

    // One that has retired refuses at its door, at once and with nothing done: whoever was on the way to it goes to its successor,
    // which may have retired as well when somebody was away for long.
    private bool HasSuccessor(IRequestPipeline<TRequest, TResponse> target) => !ReferenceEquals(Target, target);

    private async ValueTask<TResponse> SendAgainAsync(ValueTask<TResponse> sent, TRequest request, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await sent.ConfigureAwait(false);
        }
        catch (RequestRejectedException refusal) when (refusal.Reason == RefusalReason.PipelineStopping)
        {
            return timeout is { } given
                ? await SendAsync(request, given, cancellationToken).ConfigureAwait(false)
                : await SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<Outcome<TResponse>> TrySendAgainAsync(
        ValueTask<Outcome<TResponse>> sent, TRequest request, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var outcome = await sent.ConfigureAwait(false);
        if (outcome.Reason != RefusalReason.PipelineStopping)
        {
            return outcome;
        }

        return timeout is { } given
            ? await TrySendAsync(request, given, cancellationToken).ConfigureAwait(false)
            : await TrySendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Outcome<TResponse>> SendWaitingAgainAsync(
        ValueTask<Outcome<TResponse>> sent, TRequest request, CancellationToken cancellationToken)
    {
        var outcome = await sent.ConfigureAwait(false);
        return outcome.Reason == RefusalReason.PipelineStopping ? await SendWaitingAsync(request, cancellationToken).ConfigureAwait(false) : outcome;
    }

    private IRequestPipeline<TRequest, TResponse> Find()
    {
        // Read before the look: a change after it is seen next time. One that was taken away without a successor says so itself.
        // Once found its name counts: another one of its types that comes later makes nothing ambiguous.
        var version = _registry.Version;
        var last = _found?.Pipeline;
        var pipeline = last is not null && _registry.Find(last.Name) is null ? last : _registry.Get<TRequest, TResponse>(_name ?? last?.Name);
        _found = new Found(pipeline, version);
        return pipeline;
    }

    private sealed record Found(IRequestPipeline<TRequest, TResponse> Pipeline, int Version);
}
