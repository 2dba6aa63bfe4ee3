namespace AkkaPerf.Http.Admin.Live;

/// <summary>The last minutes of a pipeline, column by column.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Points">Its figures, the oldest first.</param>
/// <param name="Rates">Exchanges a second of each backend, by id, the oldest first.</param>
internal sealed record PipelineHistory(string Name, IReadOnlyList<PipelinePoint> Points, IReadOnlyDictionary<string, double[]> Rates);
