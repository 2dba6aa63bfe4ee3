using AkkaPerf.Backends;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Connections;

/// <summary>What a pool tells operators.</summary>
internal static partial class PoolLog
{
    [LoggerMessage(LogEvents.ConnectsFail, LogLevel.Warning, "Connecting to {Backend} fails: {Cause} It is tried again with back-off.")]
    public static partial void ConnectsFail(ILogger logger, Exception exception, Backend backend, string cause);

    [LoggerMessage(LogEvents.ConnectsWork, LogLevel.Information, "Connecting to {Backend} works again.")]
    public static partial void ConnectsWork(ILogger logger, Backend backend);

    [LoggerMessage(LogEvents.ConnectsHang, LogLevel.Warning, "{Hanging} connects to {Backend} were told to stop, but have not ended {Seconds} s later: the connection factory ignores its token or hangs.")]
    public static partial void ConnectsHang(ILogger logger, int hanging, Backend backend, string seconds);

    [LoggerMessage(LogEvents.ConnectsHangNoMore, LogLevel.Information, "The connects to {Backend} that hung have ended.")]
    public static partial void ConnectsHangNoMore(ILogger logger, Backend backend);

    [LoggerMessage(LogEvents.PoolExhausted, LogLevel.Warning, "All {Max} connections to {Backend} are in use for so long that waits for one end without.")]
    public static partial void Exhausted(ILogger logger, int max, Backend backend);

    [LoggerMessage(LogEvents.PoolRecovered, LogLevel.Information, "Connections to {Backend} are free again.")]
    public static partial void Recovered(ILogger logger, Backend backend);

    [LoggerMessage(LogEvents.LeaseLeaked, LogLevel.Warning, "A connection to {Backend}, taken by {Holder}, has not been given back for {Seconds} s.")]
    public static partial void Leaked(ILogger logger, Backend backend, string holder, string seconds);

    [LoggerMessage(LogEvents.LeaseReturned, LogLevel.Information, "A connection to {Backend}, taken by {Holder}, was given back after {Seconds} s.")]
    public static partial void Returned(ILogger logger, Backend backend, string holder, string seconds);

    [LoggerMessage(LogEvents.CloseFailed, LogLevel.Debug, "Closing a connection to {Backend} failed.")]
    public static partial void CloseFailed(ILogger logger, Exception exception, Backend backend);

    [LoggerMessage(LogEvents.WaiterFailed, LogLevel.Error, "Somebody who waited for a connection to {Backend} failed when the wait ended.")]
    public static partial void WaiterFailed(ILogger logger, Exception exception, Backend backend);
}
