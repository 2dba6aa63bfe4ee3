using Xunit.Abstractions;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>The same with the island's events in random order.</summary>
public sealed class FuzzedRaceTests(ITestOutputHelper output) : RaceTests(output, fuzzing: true);
