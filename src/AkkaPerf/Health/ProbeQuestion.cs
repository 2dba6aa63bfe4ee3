namespace AkkaPerf.Health;

/// <summary>What a backend is asked, how and how often: two that are equal have the same answer.</summary>
/// <param name="Address">The backend's.</param>
/// <param name="Host">The name it is asked by, if not by its address.</param>
/// <param name="Manner">How, and how often.</param>
/// <param name="Tls">How TLS is done; the same object, or none.</param>
internal sealed record ProbeQuestion(string Address, string Host, ProbeManner Manner, object? Tls);
