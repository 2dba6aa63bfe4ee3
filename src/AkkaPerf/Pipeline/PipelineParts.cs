using AkkaPerf.Backends;
using AkkaPerf.Caching;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>What a definition contributes to a pipeline beside its options.</summary>
internal sealed record PipelineParts(bool HasKey, HandlerTraits Traits, BackendDirectory? Directory, BalancingParts? Balancing, LevelParts Cache, Random Random, bool CanRepeat)
{
    /// <summary>Null in a pipeline without connections.</summary>
    public ConnectionLimits? Limits { get; init; }

    /// <summary>What the handler leaves open; null for nothing.</summary>
    public IOpenStreams? Streams { get; init; }

    /// <summary>Where its figures are reported.</summary>
    public PipelineMetrics Metrics { get; init; } = PipelineMetrics.Shared;
}
