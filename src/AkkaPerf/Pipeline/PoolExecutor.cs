using Akka.Dispatch;

namespace AkkaPerf.Pipeline;

/// <summary>Runs everything on the thread pool.</summary>
internal sealed class PoolExecutor : ExecutorService
{
    public PoolExecutor(string id)
        : base(id)
    {
    }

    public override void Execute(IRunnable run)
    {
        if (run is IThreadPoolWorkItem item)
        {
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: true);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static r => r.Run(), run, preferLocal: true);
        }
    }

    public override void Shutdown()
    {
        // The threads are the pool's.
    }
}
