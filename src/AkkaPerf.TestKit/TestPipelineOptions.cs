using AkkaPerf.Pipeline;

namespace AkkaPerf.TestKit;

/// <summary>How a <see cref="TestPipeline{TRequest, TResponse}"/> runs.</summary>
public sealed class TestPipelineOptions
{
    /// <summary>Of the pipeline's chance; shown in failures, default 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Whether the island handles what is due in random order, and other actors get their turn after every message; default off.</summary>
    public bool Fuzzing { get; set; }

    /// <summary>Which threads decide; null (default) leaves it to the pipeline's options.</summary>
    public DispatcherKind? Dispatcher { get; set; }

    /// <summary>Whether the pipeline runs in real time; its <c>Time</c> then has no effect on it; default off.</summary>
    public bool RealTime { get; set; }

    /// <summary>The pipeline's name; default "test".</summary>
    public string Name { get; set; } = "test";
}
