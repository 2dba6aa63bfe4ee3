using System.Diagnostics;

namespace AkkaPerf.Benchmarks.Overload;

/// <summary>
/// Requests at times that were drawn before, Poisson's, whatever becomes of those before them: a thread of its own hands each to the thread pool at its time, as a
/// server's listener does. What they take counts from the time intended.
/// </summary>
internal sealed class OpenLoop
{
    private readonly long[] _intended;
    private readonly long[] _ended;
    private readonly Ending[] _endings;
    private readonly TaskCompletionSource _last = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _counted;
    private long _start;
    private int _open;

    /// <param name="rate">Arrivals a second.</param>
    /// <param name="warmUp">Not counted.</param>
    /// <param name="counted">How long it counts.</param>
    /// <param name="seed">Of the times between arrivals.</param>
    public OpenLoop(double rate, TimeSpan warmUp, TimeSpan counted, int seed)
    {
        var random = new Random(seed);
        var times = new List<long>();
        for (var at = 0.0; at < (warmUp + counted).TotalSeconds; at -= Math.Log(1 - random.NextDouble()) / rate)
        {
            times.Add((long)(at * Stopwatch.Frequency));
            _counted += at < warmUp.TotalSeconds ? 1 : 0;
        }

        _intended = [.. times];
        _ended = new long[_intended.Length];
        _endings = new Ending[_intended.Length];
        _open = _intended.Length;
        Counted = counted;
    }

    public TimeSpan Counted { get; }

    public async Task<LoadFigures> RunAsync(Guard guard, QueueingServer server, TimeSpan deadline)
    {
        var (cpuBefore, cpuAfter) = (TimeSpan.Zero, TimeSpan.Zero);
        var sender = new Thread(() =>
        {
            _start = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 100);
            for (var i = 0; i < _intended.Length; i++)
            {
                if (i == _counted)
                {
                    cpuBefore = Environment.CpuUsage.TotalTime - server.CpuTime - SystemClock.ThreadCpu;
                }

                SystemClock.SleepUntil(_start + _intended[i]);
                ThreadPool.UnsafeQueueUserWorkItem(static state => _ = state.Loop.SendAsync(state.Guard, state.Request), (Loop: this, Guard: guard, Request: i), preferLocal: false);
            }

            cpuAfter = Environment.CpuUsage.TotalTime - server.CpuTime - SystemClock.ThreadCpu;
        })
        { IsBackground = true, Name = "open loop" };
        sender.Start();
        await Task.Run(sender.Join);

        // Over with the last answer; who has none by the deadline had none in time.
        await Task.WhenAny(_last.Task, Task.Delay(deadline * 1.5));
        return LoadFigures.Of(Endings(), deadline, Counted, cpuAfter - cpuBefore);
    }

    private IEnumerable<(Ending Ending, TimeSpan Latency)> Endings()
    {
        for (var i = _counted; i < _intended.Length; i++)
        {
            var ended = Volatile.Read(ref _ended[i]);
            yield return ended == 0 ? (Ending.None, TimeSpan.MaxValue) : (_endings[i], Stopwatch.GetElapsedTime(_start + _intended[i], ended));
        }
    }

    private async Task SendAsync(Guard guard, int request)
    {
        try
        {
            _endings[request] = await guard.SendAsync(request).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The run was over.
            return;
        }

        Volatile.Write(ref _ended[request], Stopwatch.GetTimestamp());
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _last.TrySetResult();
        }
    }
}
