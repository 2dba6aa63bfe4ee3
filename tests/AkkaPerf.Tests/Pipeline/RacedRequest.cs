namespace AkkaPerf.Tests.Pipeline;

/// <summary>What is asked of a raced source.</summary>
/// <param name="Key">Whose answer is wanted.</param>
/// <param name="Mood">What its handler does.</param>
/// <param name="Quiet">How many changes of its key there had been.</param>
internal sealed record RacedRequest(int Key, Mood Mood, int Quiet);
