namespace AkkaPerf.Benchmarks.Micro;

/// <summary>A point of a scenario's axis.</summary>
/// <param name="X">Where.</param>
/// <param name="Callers">How many ask at once.</param>
/// <param name="Works">The contenders.</param>
internal sealed record MicroPoint(int X, int Callers, IReadOnlyList<Work> Works);
