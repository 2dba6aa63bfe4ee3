namespace AkkaPerf.Tests.Pipeline;

/// <summary>What a request's handler does.</summary>
internal enum Mood
{
    EndsAtOnce,
    Yields,
    Blocks,
    SaysUnchanged,
    Throws,
    ThrowsLater,
    PrefersAnother,
    WaitsForItsEnd,
    IgnoresCancellation,
    AnswersEarly,
    KeepsAfterAnswering,
}
