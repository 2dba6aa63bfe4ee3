using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Telemetry;

/// <summary>Keeps what is logged with an id of ours.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, int Id, LogLevel Level, string Text)> _lines = new();

    public IReadOnlyList<(string Category, int Id, LogLevel Level, string Text)> All => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger(string category, ConcurrentQueue<(string Category, int Id, LogLevel Level, string Text)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => category.StartsWith("AkkaPerf", StringComparison.Ordinal);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                lines.Enqueue((category, eventId.Id, logLevel, formatter(state, exception)));
            }
        }
    }
}
