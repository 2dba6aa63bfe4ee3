using AkkaPerf.Backends;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Health;

/// <summary>What the backends of a pipeline tell operators.</summary>
internal static partial class BackendLog
{
    [LoggerMessage(LogEvents.BackendAdded, LogLevel.Information, "Pipeline {Pipeline}: backend {Backend} was added")]
    public static partial void Added(ILogger logger, string pipeline, Backend backend);

    [LoggerMessage(LogEvents.BackendRemoved, LogLevel.Information, "Pipeline {Pipeline}: backend {Backend} was removed")]
    public static partial void Removed(ILogger logger, string pipeline, Backend backend);

    [LoggerMessage(LogEvents.BackendDown, LogLevel.Warning, "Pipeline {Pipeline}: backend {Backend} is {State}, was {Before}: {Cause}")]
    public static partial void Down(ILogger logger, string pipeline, Backend backend, string state, string before, string cause);

    [LoggerMessage(LogEvents.BackendEjected, LogLevel.Warning, "Pipeline {Pipeline}: backend {Backend} is {State}, was {Before}: {Cause}")]
    public static partial void Ejected(ILogger logger, string pipeline, Backend backend, string state, string before, string cause);

    [LoggerMessage(LogEvents.BackendChanged, LogLevel.Information, "Pipeline {Pipeline}: backend {Backend} is {State}, was {Before}: {Cause}")]
    public static partial void Changed(ILogger logger, string pipeline, Backend backend, string state, string before, string cause);

    [LoggerMessage(LogEvents.PanicBegun, LogLevel.Warning, "Pipeline {Pipeline} panics: so few backends are well that those ejected get traffic again")]
    public static partial void PanicBegun(ILogger logger, string pipeline);

    [LoggerMessage(LogEvents.PanicEnded, LogLevel.Information, "Pipeline {Pipeline} panics no more: enough backends are well, or none is ejected")]
    public static partial void PanicEnded(ILogger logger, string pipeline);
}
