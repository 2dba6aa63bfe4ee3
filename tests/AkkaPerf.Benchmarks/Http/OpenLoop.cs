using System.Diagnostics;
using System.Text;
using HdrHistogram;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Sends at a constant rate over so many connections, whether answers come or not. Latency counts from when a request was due: what waits for a free connection waits in it, so that a slow server cannot hide behind a client that asks less.</summary>
internal sealed class OpenLoop : IDisposable
{
    private const int UsualConnections = 64;
    private const int Ok = 200;
    private const double TicksPerMicrosecond = TimeSpan.TicksPerSecond / 1e6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly OpenLoopConnection[] _connections;
    private readonly TimeSpan _deadline;
    private readonly Action<int, TimeSpan>? _onEnded;
    private readonly Lock _lock = new();

    // All guarded by the lock.
    private readonly Queue<OpenLoopConnection> _idle = new();
    private readonly Queue<TimeSpan> _waiting = new();
    private readonly LongHistogram _latencies = new(60_000_000, 3);
    private readonly LongHistogram _late = new(60_000_000, 3);
    private long _faults;
    private long _open;

    /// <param name="address">The server's.</param>
    /// <param name="path">What is asked.</param>
    /// <param name="connections">How many requests may be under way at once.</param>
    /// <param name="deadline">What has waited so long for a connection is not sent any more; null = it is sent whenever that is.</param>
    /// <param name="onEnded">Told of each ending, one at a time: the status, or 0 where nothing was sent, and the latency.</param>
    public OpenLoop(Uri address, string path, int connections = UsualConnections, TimeSpan? deadline = null, Action<int, TimeSpan>? onEnded = null)
    {
        _deadline = deadline ?? TimeSpan.MaxValue;
        _onEnded = onEnded;
        var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        _connections = [.. Enumerable.Range(0, connections).Select(_ => new OpenLoopConnection(address, request, OnAnswered))];
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

    private void OnAnswered(OpenLoopConnection connection, TimeSpan due, int status)
    {
        TimeSpan next;
        lock (_lock)
        {
            _open--;
            var latency = Now - due;
            _latencies.RecordValue(Microseconds(latency));
            _faults += status == Ok ? 0 : 1;
            _onEnded?.Invoke(status, latency);
            if (!TryTakeWaiting(out next))
            {
                _idle.Enqueue(connection);
                return;
            }
        }

        connection.Send(next);
    }

    // With the lock held.
    private bool TryTakeWaiting(out TimeSpan due)
    {
        while (_waiting.TryDequeue(out due))
        {
            if (Now - due < _deadline)
            {
                return true;
            }

            _open--;
            _faults++;
            _onEnded?.Invoke(0, Now - due);
        }

        return false;
    }
}
