using AkkaPerf.Balancing;
using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.Health;

namespace AkkaPerf.Pipeline;

/// <summary>What a builder has been told: code's part of a pipeline, without its options.</summary>
internal sealed class PipelineDefinition<TRequest, TResponse>
{
    public required Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>> Handle { get; init; }

    /// <summary>Whether the handler sees its exchange's context.</summary>
    public required bool ExposesContext { get; init; }

    /// <summary>Null in a pipeline without keys.</summary>
    public ICachingPolicy<TRequest, TResponse>? CachingPolicy { get; init; }

    /// <summary>Starts the pools; null in a pipeline without connections.</summary>
    public PoolsFactory? Pools { get; init; }

    /// <summary>Null: chosen by the address.</summary>
    public IHealthProbe? Probe { get; init; }

    /// <summary>Balancing policies registered by name.</summary>
    public required IReadOnlyDictionary<string, Func<IBalancingPolicy>> Policies { get; init; }

    public required TimeProvider Time { get; init; }

    public required Random Random { get; init; }
}
