namespace AkkaPerf.Benchmarks.Http;

/// <summary>What a load generator saw; latencies in ms.</summary>
/// <param name="Requests">Answered, whatever the answer.</param>
/// <param name="Refused">Of these, answered with an error.</param>
/// <param name="Rate">Answers a second.</param>
/// <param name="P50">The middle one.</param>
/// <param name="P99">The slowest but one in a hundred.</param>
/// <param name="P999">The slowest but one in a thousand.</param>
internal sealed record Load(double Requests, double Refused, double Rate, double P50, double P99, double P999);
