namespace AkkaPerf.Pipeline;

/// <summary>The connections to one backend.</summary>
/// <param name="Open">Open ones, idle and leased.</param>
/// <param name="Idle">Open ones that nobody uses.</param>
/// <param name="Leased">Open ones in use.</param>
/// <param name="Waiting">Those who wait for one.</param>
public sealed record ConnectionSnapshot(int Open, int Idle, int Leased, int Waiting);
