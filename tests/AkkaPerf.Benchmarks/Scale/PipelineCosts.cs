namespace AkkaPerf.Benchmarks.Scale;

/// <summary>What one of many pipelines costs, in one round.</summary>
internal sealed record PipelineCosts(double StartMicroseconds, double Bytes, double IdleMicroseconds, double RequestNanoseconds, double SingleNanoseconds);
