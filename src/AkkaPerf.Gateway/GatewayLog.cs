namespace AkkaPerf.Gateway;

/// <summary>What the gateway itself tells operators; its console says the same in its own words.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(801, LogLevel.Warning, "The configuration was not reloaded, the one before stays in use: {Faults}")]
    public static partial void Refused(ILogger logger, string faults);

    [LoggerMessage(802, LogLevel.Error, "The configuration could not be reloaded, the one before stays in use.")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(803, LogLevel.Warning, "Changed, but only a restart takes it into use: {Keys}")]
    public static partial void NeedsRestart(ILogger logger, string keys);
}
