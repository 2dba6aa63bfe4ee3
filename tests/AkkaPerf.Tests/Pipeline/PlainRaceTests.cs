using Xunit.Abstractions;

namespace AkkaPerf.Tests.Pipeline;

public sealed class PlainRaceTests(ITestOutputHelper output) : RaceTests(output, fuzzing: false);
