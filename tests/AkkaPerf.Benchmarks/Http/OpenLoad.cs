namespace AkkaPerf.Benchmarks.Http;

/// <summary>What the open-loop generator saw at a rate; latencies in ms, from when a request was due.</summary>
/// <param name="Rate">Requests a second that were due.</param>
/// <param name="Requests">Answered.</param>
/// <param name="Faults">Answered with an error, or not within five seconds after the end.</param>
/// <param name="P50">The middle one.</param>
/// <param name="P99">The slowest but one in a hundred.</param>
/// <param name="P999">The slowest but one in a thousand.</param>
/// <param name="LateP99">How late the generator itself came to a request, in all but one of a hundred: latencies hold this too.</param>
internal sealed record OpenLoad(double Rate, long Requests, long Faults, double P50, double P99, double P999, double LateP99);
