namespace AkkaPerf.Benchmarks.Comparison;

/// <summary>What the compared services answer with.</summary>
internal sealed record Product(int Id, string Name);
