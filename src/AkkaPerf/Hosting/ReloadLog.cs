using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Hosting;

/// <summary>What reloading tells operators.</summary>
internal static partial class ReloadLog
{
    [LoggerMessage(LogEvents.ReloadApplied, LogLevel.Information, "Another configuration is in use: {Changes}")]
    public static partial void Applied(ILogger logger, string changes);

    [LoggerMessage(LogEvents.ReloadRefused, LogLevel.Warning, "A configuration was refused, the one before stays in use: {Faults}")]
    public static partial void Refused(ILogger logger, string faults);
}
