using AkkaPerf.Backends;
using AkkaPerf.Caching;
using AkkaPerf.Connections;

namespace AkkaPerf.Pipeline;

/// <summary>What a definition contributes to a pipeline beside its options.</summary>
internal sealed record PipelineParts(bool HasKey, bool ExposesContext, BackendDirectory? Directory, BalancingParts? Balancing, LevelParts Cache, Random Random, bool CanRepeat)
{
    /// <summary>Null in a pipeline without connections.</summary>
    public ConnectionLimits? Limits { get; init; }
}
