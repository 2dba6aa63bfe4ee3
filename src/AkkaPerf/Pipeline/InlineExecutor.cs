using Akka.Dispatch;

namespace AkkaPerf.Pipeline;

/// <summary>Runs the first batch of work on the calling thread, so that an idle pipeline decides without a thread hop.</summary>
/// <remarks>
/// Work that arises meanwhile for other actors of the pipeline (island to pool actor and back) runs after it on the same thread, never
/// inside it, and only a few batches: a caller is not captured for the work of others. All the rest goes to the thread pool.
/// A busy pipeline goes there from the start: by the time a thread is free more has come, and one batch serves it all.
/// </remarks>
internal sealed class InlineExecutor : ExecutorService
{
    // Island, pool actor, island again, and as much once more for the outcome.
    private const int MaxBatches = 6;

    // What this thread runs now and what it will run next: the thread's own business.
    [ThreadStatic]
    private static Turn? _turn;

    private readonly Func<bool> _isBusy;

    public InlineExecutor(string id, Func<bool> isBusy)
        : base(id) => _isBusy = isBusy;

    public override void Execute(IRunnable run)
    {
        var turn = _turn ??= new Turn();
        if (_isBusy())
        {
            QueueToPool(run);
        }
        else if (turn.Running is null)
        {
            turn.Run(run);
        }
        else if (!turn.TryAppend(run))
        {
            QueueToPool(run);
        }
    }

    public override void Shutdown()
    {
        // Threads are the callers' and the pool's.
    }

    private static void QueueToPool(IRunnable run)
    {
        if (run is IThreadPoolWorkItem item)
        {
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static r => r.Run(), run, preferLocal: false);
        }
    }

    private sealed class Turn
    {
        private readonly Queue<IRunnable> _next = new(MaxBatches);
        private int _batches;

        public IRunnable? Running { get; private set; }

        public void Run(IRunnable first)
        {
            _batches = 1;
            var run = first;
            try
            {
                do
                {
                    Running = run;
                    run.Run();
                }
                while (_next.TryDequeue(out run));
            }
            finally
            {
                Running = null;
                while (_next.TryDequeue(out var rest))
                {
                    QueueToPool(rest);
                }
            }
        }

        // A further batch of what runs now has more to do than a caller should wait for.
        public bool TryAppend(IRunnable run)
        {
            if (_batches >= MaxBatches || ReferenceEquals(run, Running))
            {
                return false;
            }

            _batches++;
            _next.Enqueue(run);
            return true;
        }
    }
}
