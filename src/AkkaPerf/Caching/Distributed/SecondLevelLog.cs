using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Caching.Distributed;

/// <summary>What a second level tells operators: changes only, never each repeat.</summary>
internal sealed partial class SecondLevelLog
{
    private readonly ILogger _logger;
    private readonly string _name;
    private int _hasForgotten;

    public SecondLevelLog(ILogger logger, string name)
    {
        _logger = logger;
        _name = name;
    }

    public void Opened(Exception exception)
    {
        Volatile.Write(ref _hasForgotten, 0);
        LogOpened(_name, exception);
    }

    public void Closed(int waiting) => LogClosed(_name, waiting);

    /// <summary>The journal had no room; said once an outage.</summary>
    public void Forgot()
    {
        if (Interlocked.Exchange(ref _hasForgotten, 1) == 0)
        {
            LogForgot(_name);
        }
    }

    public void Rejected(L2Rejection cause) => LogRejected(_name, cause);

    public void Stopped(int waiting) => LogStopped(_name, waiting);

    [LoggerMessage(LogEvents.SecondLevelOpened, LogLevel.Warning, "The second level '{Name}' failed too often and is left alone for a while.")]
    private partial void LogOpened(string name, Exception exception);

    [LoggerMessage(LogEvents.SecondLevelClosed, LogLevel.Information, "The second level '{Name}' is back; {Waiting} changes are brought to it.")]
    private partial void LogClosed(string name, int waiting);

    [LoggerMessage(LogEvents.SecondLevelForgot, LogLevel.Warning, "The journal of the second level '{Name}' is full: the store may keep something old until its life ends.")]
    private partial void LogForgot(string name);

    [LoggerMessage(LogEvents.SecondLevelRejected, LogLevel.Warning, "A value of the second level '{Name}' cannot be used or stored: {Cause}. Further ones are only counted.")]
    private partial void LogRejected(string name, L2Rejection cause);

    [LoggerMessage(LogEvents.SecondLevelStopped, LogLevel.Warning, "The second level '{Name}' stops with {Waiting} changes that its store has not had.")]
    private partial void LogStopped(string name, int waiting);
}
