using System.Diagnostics;

namespace AkkaPerf.Benchmarks.Overload;

/// <summary>
/// A server with so many workers, each of which takes one request after the other from a queue without a bound. Asked by more at once than it has
/// workers it answers no more a second, only later, and it finishes what nobody waits for any more, as servers do. Its time passes in a thread
/// of its own: a worker's next request begins when its last one was due, so that it loses nothing to timers.
/// </summary>
internal sealed class QueueingServer : IDisposable
{
    private readonly long[] _freeAt;
    private readonly Random _random;
    private readonly TimeSpan _least;
    private readonly TimeSpan _most;
    private readonly PriorityQueue<TaskCompletionSource, long> _due = new();
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _hasWork = new();
    private readonly Thread _thread;
    private volatile bool _isStopping;
    private long _cpuTicks;

    /// <param name="workers">How many requests it works on at once.</param>
    /// <param name="least">The shortest service time; times are spread evenly up to <paramref name="most"/>.</param>
    /// <param name="most">The longest.</param>
    /// <param name="seed">Of the service times.</param>
    public QueueingServer(int workers, TimeSpan least, TimeSpan most, int seed)
    {
        _freeAt = new long[workers];
        _least = least;
        _most = most;
        _random = new Random(seed);
        _thread = new Thread(Run) { IsBackground = true, Name = "queueing server", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>What its own thread has used so far.</summary>
    public TimeSpan CpuTime => TimeSpan.FromTicks(Interlocked.Read(ref _cpuTicks));

    /// <summary>Waits for the answer; who leaves does not spare the server its work.</summary>
    /// <exception cref="OperationCanceledException">The caller left, or the server was stopped.</exception>
    public async ValueTask<int> AskAsync(int request, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            var now = Stopwatch.GetTimestamp();
            var worker = Array.IndexOf(_freeAt, _freeAt.Min());
            var service = _least + ((_most - _least) * _random.NextDouble());
            _freeAt[worker] = Math.Max(now, _freeAt[worker]) + (long)(service.TotalSeconds * Stopwatch.Frequency);
            _due.Enqueue(answer, _freeAt[worker]);
            _hasWork.Set();
        }

        await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return request;
    }

    /// <summary>Stops at once; who still waits is told.</summary>
    public void Dispose()
    {
        _isStopping = true;
        _hasWork.Set();
        _thread.Join();
        lock (_gate)
        {
            while (_due.TryDequeue(out var answer, out _))
            {
                answer.TrySetCanceled();
            }
        }

        _hasWork.Dispose();
    }

    private void Run()
    {
        // Who comes later may be answered earlier: looked at anew every now and then.
        var longest = Stopwatch.Frequency / 2_000;
        while (!_isStopping)
        {
            var next = Answer(out var isEmpty);
            Interlocked.Exchange(ref _cpuTicks, SystemClock.ThreadCpu.Ticks);
            if (isEmpty)
            {
                _hasWork.Wait(TimeSpan.FromMilliseconds(1));
            }
            else
            {
                SystemClock.SleepUntil(Math.Min(next, Stopwatch.GetTimestamp() + longest));
            }
        }
    }

    private long Answer(out bool isEmpty)
    {
        lock (_gate)
        {
            while (_due.TryPeek(out var answer, out var at) && at <= Stopwatch.GetTimestamp())
            {
                _due.Dequeue();
                answer.TrySetResult();
            }

            isEmpty = !_due.TryPeek(out _, out var next);
            if (isEmpty)
            {
                _hasWork.Reset();
            }

            return next;
        }
    }
}
