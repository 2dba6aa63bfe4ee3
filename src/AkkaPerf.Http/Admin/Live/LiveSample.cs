namespace AkkaPerf.Http.Admin.Live;

/// <summary>What viewers are sent every second.</summary>
/// <param name="At">When.</param>
/// <param name="IsStopping">Whether the application is shutting down.</param>
/// <param name="Pipelines">All pipelines.</param>
internal sealed record LiveSample(DateTimeOffset At, bool IsStopping, IReadOnlyList<PipelineView> Pipelines);
