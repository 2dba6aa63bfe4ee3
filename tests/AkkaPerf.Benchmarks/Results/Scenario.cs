namespace AkkaPerf.Benchmarks.Results;

/// <summary>One thing that all contenders had to do, in turn.</summary>
/// <param name="Name">What.</param>
/// <param name="Axis">What grows from row to row, for a plot; null where nothing does.</param>
/// <param name="Rows">The contenders, and where there is an axis, each at each of its points.</param>
internal sealed record Scenario(string Name, string? Axis, IReadOnlyList<Row> Rows);
