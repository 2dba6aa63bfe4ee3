namespace AkkaPerf.Caching;

/// <summary>Does one thing after another, in the order in which they were asked for; a newer write takes the place of one of the key's that waits.</summary>
internal sealed class WriteLane
{
    // About a second's worth at a store that takes a millisecond an operation. Each may hold a value.
    private const int MaxWrites = 1_024;

    // Those in place of writes hold a key and little else: all lanes full of them are about 60 MB. Beyond it an older value stays
    // until its life ends, as when the journal of a store that is down is full.
    private const int MaxWaiting = 16 * MaxWrites;

    private readonly Lock _gate = new();
    private readonly Queue<WriteTask> _waiting = new();

    // The last that waits for a key, if a newer one may take its place. Under the gate.
    private readonly Dictionary<string, WriteTask> _replaceable = new(StringComparer.Ordinal);
    private bool _isBusy;
    private Task _ended = Task.CompletedTask;

    /// <summary>Ends when everything that was added until now is done.</summary>
    public Task Ended
    {
        get
        {
            lock (_gate)
            {
                return _ended;
            }
        }
    }

    /// <summary>Adds something; any thread.</summary>
    /// <param name="key">Whose it is.</param>
    /// <param name="work">What.</param>
    /// <param name="instead">What is done in its place if the lane is behind or the work fails; null if it must be done.</param>
    /// <param name="isDropped">Whether the work is not done.</param>
    public Task Add(string key, Func<ValueTask> work, Func<ValueTask>? instead, out bool isDropped)
    {
        lock (_gate)
        {
            var isBehind = instead is not null && _waiting.Count >= MaxWrites;
            isDropped = isBehind;
            if (instead is null)
            {
                // From here on what waits for the key is no longer the last.
                _replaceable.Remove(key);
            }
            else if (_replaceable.TryGetValue(key, out var last))
            {
                // A write replaces a write at no cost; in place of a removal it would bring a value more.
                isDropped = isBehind && !last.IsWhole;
                if (!isDropped)
                {
                    last.Become(work, instead);
                }

                return last.Done;
            }
            else if (_waiting.Count >= MaxWaiting)
            {
                return Task.CompletedTask;
            }

            var task = new WriteTask(key);
            task.Become(isBehind ? instead! : work, isBehind ? null : instead);
            _waiting.Enqueue(task);
            if (instead is not null)
            {
                _replaceable.Add(key, task);
            }

            Wake();
            return task.Done;
        }
    }

    /// <summary>Leaves out everything that waits.</summary>
    public void GiveUp()
    {
        while (TryTake() is { } task)
        {
            task.GiveUp();
        }
    }

    // The lane works for many callers: it must not keep the context of the one who wakes it.
    private void Wake()
    {
        if (!_isBusy)
        {
            _isBusy = true;
            using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
            {
                _ended = RunAsync();
            }
        }
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (TryTakeOrRest() is { } task)
        {
            await task.RunAsync().ConfigureAwait(false);
        }
    }

    private WriteTask? TryTakeOrRest()
    {
        lock (_gate)
        {
            var task = TryTake();
            _isBusy = task is not null;
            return task;
        }
    }

    private WriteTask? TryTake()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var task) && _replaceable.GetValueOrDefault(task.Key) == task)
            {
                _replaceable.Remove(task.Key);
            }

            return task;
        }
    }
}
