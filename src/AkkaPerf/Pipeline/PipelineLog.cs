using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Pipeline;

/// <summary>What a pipeline tells operators: changes only, never each repeat.</summary>
internal static partial class PipelineLog
{
    [LoggerMessage(LogEvents.PipelineStarted, LogLevel.Information, "Pipeline {Pipeline} has started.")]
    public static partial void Started(ILogger logger, string pipeline);

    [LoggerMessage(LogEvents.PipelineDraining, LogLevel.Information, "Pipeline {Pipeline} drains: {Inside} exchanges inside have {Timeout} to end.")]
    public static partial void Draining(ILogger logger, string pipeline, long inside, TimeSpan timeout);

    [LoggerMessage(LogEvents.PipelineReplaced, LogLevel.Information, "Pipeline {Pipeline} lets no more in, for another one has taken over or it is not wanted any more; {Inside} exchanges inside are finished.")]
    public static partial void Replaced(ILogger logger, string pipeline, long inside);

    [LoggerMessage(LogEvents.PipelineStopped, LogLevel.Information, "Pipeline {Pipeline} has stopped.")]
    public static partial void Stopped(ILogger logger, string pipeline);

    [LoggerMessage(LogEvents.StreamFailed, LogLevel.Error, "The stream of pipeline {Pipeline} failed; what was inside has been answered. It starts again in {BackOff}.")]
    public static partial void StreamFailed(ILogger logger, Exception? exception, string pipeline, TimeSpan backOff);

    [LoggerMessage(LogEvents.DrainOverdue, LogLevel.Warning, "Pipeline {Pipeline} did not drain within {Timeout}: {Inside} exchanges inside are failed.")]
    public static partial void DrainOverdue(ILogger logger, string pipeline, TimeSpan timeout, long inside);

    [LoggerMessage(LogEvents.BackendSourceTroubled, LogLevel.Warning, "Pipeline {Pipeline}: {What}")]
    public static partial void SourceTroubled(ILogger logger, Exception? exception, string pipeline, string what);

    [LoggerMessage(LogEvents.OverloadBegun, LogLevel.Warning, "Pipeline {Pipeline} is overloaded and refuses requests: {Reason}.")]
    public static partial void OverloadBegun(ILogger logger, string pipeline, string reason);

    [LoggerMessage(LogEvents.OverloadEnded, LogLevel.Information, "Pipeline {Pipeline} is overloaded no more; it refused {Refused} requests.")]
    public static partial void OverloadEnded(ILogger logger, string pipeline, long refused);

    [LoggerMessage(LogEvents.WaitingBegun, LogLevel.Warning, "Pipeline {Pipeline} is full: requests wait at its door.")]
    public static partial void WaitingBegun(ILogger logger, string pipeline);

    [LoggerMessage(LogEvents.WaitingEnded, LogLevel.Information, "Pipeline {Pipeline} is full no more.")]
    public static partial void WaitingEnded(ILogger logger, string pipeline);
}
