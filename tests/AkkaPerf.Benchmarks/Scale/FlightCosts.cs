namespace AkkaPerf.Benchmarks.Scale;

/// <summary>What one of many exchanges costs, in one round, and what a request costs that has nothing to do with them.</summary>
internal sealed record FlightCosts(double Bytes, double LifeNanoseconds, double PassingNanoseconds);
