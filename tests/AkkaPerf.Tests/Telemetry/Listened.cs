namespace AkkaPerf.Tests.Telemetry;

/// <summary>Tests that listen to the process' one activity source: it would cost others, who measure, what it costs.</summary>
[CollectionDefinition(nameof(Listened), DisableParallelization = true)]
public sealed class Listened;
