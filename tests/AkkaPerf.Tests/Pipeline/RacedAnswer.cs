namespace AkkaPerf.Tests.Pipeline;

/// <summary>What a raced source answers.</summary>
/// <param name="Key">Whose it is.</param>
/// <param name="Version">How old.</param>
internal sealed record RacedAnswer(int Key, int Version);
