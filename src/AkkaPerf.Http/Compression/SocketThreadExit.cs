using System.Runtime.CompilerServices;

namespace AkkaPerf.Http.Compression;

/// <summary>Goes on at once on a thread of the pool, and on one of the pool from any other.</summary>
internal readonly struct SocketThreadExit : ICriticalNotifyCompletion
{
    public bool IsCompleted => Thread.CurrentThread.IsThreadPoolThread;

    public SocketThreadExit GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static state => state(), continuation, preferLocal: false);

    public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static state => state(), continuation, preferLocal: false);
}
