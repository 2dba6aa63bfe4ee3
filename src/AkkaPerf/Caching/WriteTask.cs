namespace AkkaPerf.Caching;

/// <summary>One thing to do at the second level; changed under its lane's lock only, and only while it waits.</summary>
internal sealed class WriteTask
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<ValueTask> _work = static () => ValueTask.CompletedTask;
    private Func<ValueTask>? _instead;

    public WriteTask(string key) => Key = key;

    public string Key { get; }

    /// <summary>Whether it is the work itself that may be left out, and not what is done in its place.</summary>
    public bool IsWhole => _instead is not null;

    public Task Done => _done.Task;

    public void Become(Func<ValueTask> work, Func<ValueTask>? instead)
    {
        _work = work;
        _instead = instead;
    }

    /// <summary>Does it; never throws: its failure is told to those who wait for it.</summary>
    public async Task RunAsync()
    {
        try
        {
            await _work().ConfigureAwait(false);
            _done.SetResult();
        }
        catch (Exception exception)
        {
            await TryInsteadAsync().ConfigureAwait(false);
            Fail(exception);
        }
    }

    public void GiveUp() => Fail(new ObjectDisposedException(nameof(CacheLevels<>), "The cache ended before its second level had this."));

    private async Task TryInsteadAsync()
    {
        try
        {
            if (_instead is { } instead)
            {
                await instead().ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // Whoever waits is told of the first failure.
        }
    }

    private void Fail(Exception exception)
    {
        _done.SetException(exception);

        // Mostly nobody waits: then it is nobody's unobserved exception.
        _ = _done.Task.Exception;
    }
}
