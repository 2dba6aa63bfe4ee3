using System.Diagnostics;
using System.Text;
using HdrHistogram;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Sends at a constant rate over 64 connections, whether answers come or not. Latency counts from when a request was due: what waits for a free connection waits in it, so that a slow server cannot hide behind a client that asks less.</summary>
internal sealed class OpenLoop : IDisposable
{
    private const int Connections = 64;
    private const double TicksPerMicrosecond = TimeSpan.TicksPerSecond / 1e6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly OpenLoopConnection[] _connections;
    private readonly Lock _lock = new();

    // All guarded by the lock.
    private readonly Queue<OpenLoopConnection> _idle = new();
    private readonly Queue<TimeSpan> _waiting = new();
    private readonly LongHistogram _latencies = new(60_000_000, 3);
    private readonly LongHistogram _late = new(60_000_000, 3);
    private long _faults;
    private long _open;

    public OpenLoop(Uri address, string path)
    {
        var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        _connections = [.. Enumerable.Range(0, Connections).Select(_ => new OpenLoopConnection(address, request, OnAnswered))];
        Array.ForEach(_connections, _idle.Enqueue);
    }

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>Sends for so long, and waits for the answers.</summary>
    public async Task<OpenLoad> RunAsync(double rate, TimeSpan duration)
    {
        long before;
        lock (_lock)
        {
            // Those of an earlier rate that nobody waits for any more.
            before = _open;
            _latencies.Reset();
            _late.Reset();
            _faults = 0;
        }

        // A thread of its own: the pool's could be held up by the answers.
        await Task.Factory.StartNew(() => Send(rate, duration), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var end = Now + Patience;
        while (Now < end && Volatile.Read(ref _open) > before)
        {
            await Task.Delay(1);
        }

        lock (_lock)
        {
            return new OpenLoad(
                rate, _latencies.TotalCount, _faults + Math.Max(0, _open - before), Milliseconds(_latencies, 50), Milliseconds(_latencies, 99), Milliseconds(_latencies, 99.9), Milliseconds(_late, 99));
        }
    }

    public void Dispose() => Array.ForEach(_connections, static connection => connection.Dispose());

    private static double Milliseconds(LongHistogram histogram, double percentile) => histogram.GetValueAtPercentile(percentile) / 1000.0;

    private static long Microseconds(TimeSpan time) => Math.Max(1, (long)(time.Ticks / TicksPerMicrosecond));

    private void Send(double rate, TimeSpan duration)
    {
        var start = Now;
        var count = (long)(rate * duration.TotalSeconds);
        for (var i = 0L; i < count; i++)
        {
            var due = start + TimeSpan.FromSeconds(i / rate);
            PreciseSleep.Until(due, static () => Now);
            OnDue(due);
        }
    }

    private void OnDue(TimeSpan due)
    {
        OpenLoopConnection? connection;
        lock (_lock)
        {
            _open++;
            _late.RecordValue(Microseconds(Now - due));
            if (!_idle.TryDequeue(out connection))
            {
                _waiting.Enqueue(due);
                return;
            }
        }

        connection.Send(due);
    }

    private void OnAnswered(OpenLoopConnection connection, TimeSpan due, bool isFault)
    {
        TimeSpan next;
        lock (_lock)
        {
            _open--;
            _latencies.RecordValue(Microseconds(Now - due));
            _faults += isFault ? 1 : 0;
            if (!_waiting.TryDequeue(out next))
            {
                _idle.Enqueue(connection);
                return;
            }
        }

        connection.Send(next);
    }
}
