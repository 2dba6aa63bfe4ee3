using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>Loggers that keep what they are told.</summary>
internal sealed class RecordingLoggers : ILoggerFactory, ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, int Id, LogLevel Level, string Text)> _lines = new();

    public IReadOnlyList<(string Category, int Id, LogLevel Level, string Text)> Lines => [.. _lines];

    public IEnumerable<int> Ids => Lines.Select(static line => line.Id);

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void AddProvider(ILoggerProvider provider)
    {
        // There is no other.
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger(string category, ConcurrentQueue<(string Category, int Id, LogLevel Level, string Text)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((category, eventId.Id, logLevel, formatter(state, exception)));
    }
}
