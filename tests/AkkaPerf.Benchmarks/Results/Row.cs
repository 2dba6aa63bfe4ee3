namespace AkkaPerf.Benchmarks.Results;

/// <summary>What a contender did.</summary>
/// <param name="Contender">Who.</param>
/// <param name="X">Where on the axis; null where there is none.</param>
/// <param name="Figures">By name, such as <c>CPU a request</c>.</param>
internal sealed record Row(string Contender, double? X, IReadOnlyDictionary<string, Figure> Figures);
