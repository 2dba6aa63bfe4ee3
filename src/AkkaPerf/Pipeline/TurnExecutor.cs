using Akka.Dispatch;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>Runs a pipeline's actors in turns: what one batch sets off among them runs after it on the same thread.</summary>
/// <remarks>
/// A turn (island, pool actor, island again) costs one hop onto the thread pool instead of one a step, and none if the pipeline is idle:
/// then the calling thread itself takes the turn. Steps follow one another, never nested, and only so many; the rest goes to the thread
/// pool, so no caller is captured for the work of others. A busy pipeline does not use the callers' threads: by the time a thread of the
/// pool is free more has come, and one batch serves it all.
/// </remarks>
internal sealed class TurnExecutor : ExecutorService
{
    // Island, pool actor, island again, and as much once more for the outcome.
    private const int MaxStepsOfCaller = 6;

    // Nobody waits for a thread of the pool, but others have work for it too.
    private const int MaxStepsOfPool = 32;

    // What this thread runs now and what it will run next: the thread's own business.
    [ThreadStatic]
    private static Turn? _turn;

    private readonly bool _usesCallers;
    private readonly Func<bool> _isBusy;

    /// <param name="id">The dispatcher's.</param>
    /// <param name="usesCallers">Whether a turn may begin on the thread of a caller.</param>
    /// <param name="isBusy">Whether the pipeline has so much to do that a turn should wait on the thread pool for more.</param>
    public TurnExecutor(string id, bool usesCallers, Func<bool> isBusy)
        : base(id)
    {
        _usesCallers = usesCallers;
        _isBusy = isBusy;
    }

    public override void Execute(IRunnable run)
    {
        var turn = _turn ??= new Turn();
        if (turn.IsRunning)
        {
            if (!turn.TryAppend(run))
            {
                QueueToPool(run, waits: _isBusy());
            }

            return;
        }

        var isBusy = _isBusy();
        if (_usesCallers && !isBusy)
        {
            turn.Run(run, MaxStepsOfCaller);
        }
        else
        {
            QueueToPool(run, waits: isBusy);
        }
    }

    public override void Shutdown()
    {
        // The threads are the callers' and the pool's.
    }

    // A turn that waits comes behind what this thread has queued for itself, and so behind the callers and handlers that are about to post
    // more. In the thread's own queue, which is last in, first out, it is the very next thing, for the one exchange that asked for it.
    private static void QueueToPool(IRunnable run, bool waits) => ThreadPool.UnsafeQueueUserWorkItem(new TurnOfPool(run), preferLocal: !waits);

    private sealed class TurnOfPool(IRunnable run) : IThreadPoolWorkItem
    {
        public void Execute() => (_turn ??= new Turn()).Run(run, MaxStepsOfPool);
    }

    private sealed class Turn
    {
        private readonly Queue<IRunnable> _next = new(MaxStepsOfPool);
        private IRunnable? _running;
        private int _stepsLeft;

        public bool IsRunning => _running is not null;

        public void Run(IRunnable first, int maxSteps)
        {
            _stepsLeft = maxSteps - 1;
            var run = first;
            CallerThread.BeginDeciding();
            try
            {
                do
                {
                    _running = run;
                    run.Run();
                }
                while (_next.TryDequeue(out run));
            }
            finally
            {
                _running = null;
                while (_next.TryDequeue(out var rest))
                {
                    QueueToPool(rest, waits: true);
                }

                CallerThread.EndDeciding();
            }
        }

        // A further batch of what runs now has more to do than this turn should wait for.
        public bool TryAppend(IRunnable run)
        {
            if (_stepsLeft == 0 || ReferenceEquals(run, _running))
            {
                return false;
            }

            _stepsLeft--;
            _next.Enqueue(run);
            return true;
        }
    }
}
