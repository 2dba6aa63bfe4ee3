using Xunit.Abstractions;

namespace AkkaPerf.Tests.Retrying;

public sealed class PlainHedgeRaceTests(ITestOutputHelper output) : HedgeRaceTests(output, fuzzing: false);
