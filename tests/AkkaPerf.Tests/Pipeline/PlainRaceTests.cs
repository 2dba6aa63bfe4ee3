namespace AkkaPerf.Tests.Pipeline;

public sealed class PlainRaceTests() : RaceTests(fuzzing: false);
