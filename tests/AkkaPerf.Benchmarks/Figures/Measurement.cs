namespace AkkaPerf.Benchmarks.Figures;

/// <summary>What one round of one contender cost, per request.</summary>
internal readonly record struct Measurement(double WallNanoseconds, double CpuNanoseconds, double Bytes);
