using Xunit.Abstractions;

namespace AkkaPerf.Tests.Retrying;

public sealed class FuzzedHedgeRaceTests(ITestOutputHelper output) : HedgeRaceTests(output, fuzzing: true);
