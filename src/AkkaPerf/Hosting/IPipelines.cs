using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>The pipelines of this application, by name. Any thread.</summary>
public interface IPipelines
{
    /// <summary>Those that have been started, in the order of their definition.</summary>
    IReadOnlyList<IRequestPipeline> All { get; }

    /// <summary>Whether the application is shutting down: it still answers, but nobody should send it more.</summary>
    bool IsStopping { get; }

    /// <summary>Whether all pipelines, if there are any, have been started and are ready, and the application is not shutting down.</summary>
    bool IsReady { get; }

    /// <summary>Finds a pipeline by its name; null if there is none.</summary>
    IRequestPipeline? Find(string name);
}
