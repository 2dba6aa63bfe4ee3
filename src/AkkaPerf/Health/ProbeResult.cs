namespace AkkaPerf.Health;

/// <summary>What one probe found.</summary>
/// <param name="IsUp">Whether the backend answers as it should.</param>
/// <param name="Detail">What was seen, in a few words, such as <c>HTTP 503</c>.</param>
public readonly record struct ProbeResult(bool IsUp, string Detail)
{
    /// <summary>Whether it is up but says that it is impaired: it gets what the healthy ones cannot take.</summary>
    public bool IsDegraded { get; init; }
}
