namespace AkkaPerf.Health;

/// <summary>What one probe found.</summary>
/// <param name="IsUp">Whether the backend is well.</param>
/// <param name="Detail">What was seen, in a few words, such as <c>HTTP 503</c>.</param>
public readonly record struct ProbeResult(bool IsUp, string Detail);
