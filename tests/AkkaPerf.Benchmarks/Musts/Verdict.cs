namespace AkkaPerf.Benchmarks.Musts;

/// <summary>Whether a demand holds.</summary>
/// <param name="Must">With its bound.</param>
/// <param name="Measured">Null if it was not.</param>
/// <param name="Unit">Of what was measured; empty for a ratio.</param>
/// <param name="Holds">Null if it was not measured.</param>
internal sealed record Verdict(string Must, double? Measured, string Unit, bool? Holds);
