namespace AkkaPerf.Http.Admin;

/// <summary>An answer to a health check.</summary>
/// <param name="Status">In a word.</param>
/// <param name="NotReady">The pipelines that are not ready.</param>
internal sealed record HealthReport(string Status, IReadOnlyList<string> NotReady)
{
    /// <summary>All pipelines, each with what it comes to.</summary>
    public IReadOnlyList<PipelineHealthReport> Pipelines { get; init; } = [];
}
