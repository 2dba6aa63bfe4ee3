namespace AkkaPerf.Benchmarks.Scale;

/// <summary>What one of many pipelines costs, in one round; idle all of them.</summary>
internal sealed record PipelineCosts(double StartMicroseconds, double Bytes, double IdleMilliseconds, double RequestNanoseconds, double SingleNanoseconds);
