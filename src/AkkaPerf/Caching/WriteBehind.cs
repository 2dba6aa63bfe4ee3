namespace AkkaPerf.Caching;

/// <summary>Runs what is to be done at the second level behind the callers' backs, in order for each key.</summary>
/// <remarks>
/// Problem: a caller must not wait for the second level, yet a removal must not be overtaken by an older write. Rule: keys are spread over
/// lanes, and a lane does one thing after another. A lane that is behind drops writes, never removals: a write that is missing is a miss.
/// </remarks>
internal sealed class WriteBehind
{
    private const int Lanes = 16;

    // About a second's worth at a store that takes a millisecond an operation.
    private const int MaxBehind = 1_024;

    private readonly Lane[] _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => new Lane())];
    private long _dropped;

    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Does something later, in order with the rest of the key's; any thread.</summary>
    /// <param name="key">Whose it is.</param>
    /// <param name="work">Must not fail.</param>
    /// <param name="mayDrop">Whether it may be left out when there is too much to do.</param>
    /// <returns>Ends when it is done or dropped.</returns>
    public Task Run(string key, Func<ValueTask> work, bool mayDrop)
    {
        var lane = _lanes[(uint)string.GetHashCode(key, StringComparison.Ordinal) % Lanes];
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (lane.Gate)
        {
            if (mayDrop && lane.Work.Count >= MaxBehind)
            {
                Interlocked.Increment(ref _dropped);
                return Task.CompletedTask;
            }

            lane.Work.Enqueue((work, done));
            if (lane.IsBusy)
            {
                return done.Task;
            }

            // The lane works for many callers: it must not keep the context of the one who woke it.
            lane.IsBusy = true;
            using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
            {
                lane.Ended = RunLaneAsync(lane);
            }

            return done.Task;
        }
    }

    /// <summary>Ends when everything that was asked for until now is done.</summary>
    public Task FlushAsync() => Task.WhenAll(_lanes.Select(lane => lane.Ended));

    private static async Task RunLaneAsync(Lane lane)
    {
        await Task.Yield();
        while (true)
        {
            (Func<ValueTask> Work, TaskCompletionSource Done) next;
            lock (lane.Gate)
            {
                if (!lane.Work.TryDequeue(out next))
                {
                    lane.IsBusy = false;
                    return;
                }
            }

            await next.Work().ConfigureAwait(false);
            next.Done.SetResult();
        }
    }

    private sealed class Lane
    {
        public Lock Gate { get; } = new();

        public Queue<(Func<ValueTask> Work, TaskCompletionSource Done)> Work { get; } = new();

        public bool IsBusy { get; set; }

        public Task Ended { get; set; } = Task.CompletedTask;
    }
}
