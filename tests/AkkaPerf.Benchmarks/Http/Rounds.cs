namespace AkkaPerf.Benchmarks.Http;

/// <summary>How often all are measured in turn, and for how many seconds each.</summary>
internal sealed record Rounds(int Count, int Seconds);
