namespace AkkaPerf.Benchmarks.Http;

/// <summary>What a load generator saw.</summary>
/// <param name="Requests">Answered, whatever the answer.</param>
/// <param name="Refused">Of these, answered with an error.</param>
/// <param name="Rate">Answers a second.</param>
/// <param name="P99">The slowest but one in a hundred, in ms.</param>
internal sealed record Load(double Requests, double Refused, double Rate, double P99);
