using AkkaPerf.Caching;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>All that the dashboard shows of a pipeline at one moment.</summary>
internal sealed record PipelineView
{
    /// <summary>Its figures; its backends are told beside them.</summary>
    public required PipelineSnapshot Figures { get; init; }

    /// <summary>What it did since the sample before.</summary>
    public required PipelinePoint Lately { get; init; }

    /// <summary>Those of the backends that are shown.</summary>
    public required IReadOnlyList<BackendView> Backends { get; init; }

    /// <summary>How many backends there are.</summary>
    public required int BackendCount { get; init; }

    /// <summary>How many of them may be picked now.</summary>
    public required int EligibleCount { get; init; }

    /// <summary>The balancing policy; null without backends.</summary>
    public string? Policy { get; init; }

    /// <summary>Those it could be.</summary>
    public IReadOnlyList<string>? Policies { get; init; }

    /// <summary>Part of the decisions that are kept.</summary>
    public double? Trace { get; init; }

    /// <summary>The newest decisions, the newest first.</summary>
    public IReadOnlyList<DecisionView>? Decisions { get; init; }

    /// <summary>Why requests were refused, the newest first.</summary>
    public required IReadOnlyList<RefusalNote> Refusals { get; init; }

    /// <summary>The keys that are asked for most; null without a cache.</summary>
    public IReadOnlyList<KeyHits<string>>? HotKeys { get; init; }
}
