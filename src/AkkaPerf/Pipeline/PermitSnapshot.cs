namespace AkkaPerf.Pipeline;

/// <summary>The permits of a pipeline.</summary>
/// <param name="Limit">How many there are.</param>
/// <param name="InUse">How many are taken, zombies' included.</param>
public sealed record PermitSnapshot(int Limit, long InUse);
