namespace AkkaPerf.Http.Tests.Telemetry;

/// <summary>Tests that listen to the process' one activity source: what others forward must stay as it is.</summary>
[CollectionDefinition(nameof(Listened), DisableParallelization = true)]
public sealed class Listened;
