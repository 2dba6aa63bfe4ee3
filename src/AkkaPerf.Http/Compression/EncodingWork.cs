namespace AkkaPerf.Http.Compression;

/// <summary>Where bodies to be kept are encoded: on half of the cores at most, for requests need the others.</summary>
internal sealed class EncodingWork
{
    // Each holds its body, and its caller would rather have the body as it is than wait behind so many.
    private const int WaitingPerCore = 64;

    private readonly Func<bool> _hasCpu;
    private readonly int _most;
    private int _pending;

    public EncodingWork(Encoders encoders, Func<bool> hasCpu, int cores)
    {
        Encoders = encoders;
        _hasCpu = hasCpu;
        _most = WaitingPerCore * cores;
        Scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, maxConcurrencyLevel: (cores + 1) / 2).ConcurrentScheduler;
    }

    public Encoders Encoders { get; }

    public TaskScheduler Scheduler { get; }

    /// <summary>Whether there is room for one more, who then leaves.</summary>
    public bool TryEnter()
    {
        if (!_hasCpu())
        {
            return false;
        }

        if (Interlocked.Increment(ref _pending) <= _most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _pending);
}
