namespace AkkaPerf.TestKit;

/// <summary>Runs a probe's commands on the island of its stage, where they need no lock; those that come before its start wait for it.</summary>
internal sealed class IslandLink
{
    // An island that has used up its turn goes on by a message to itself, which stands before the next trip's.
    private const int Trips = 3;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<Action>? _early = [];
    private Action<Action>? _invoke;

    public bool IsEnded => _ended.Task.IsCompleted;

    /// <summary>Completes when the stage has stopped, for whatever reason.</summary>
    public Task Ended => _ended.Task;

    public void Start(Action<Action> invoke)
    {
        List<Action> early;
        lock (_gate)
        {
            _invoke = invoke;
            early = _early!;
            _early = null;
        }

        early.ForEach(command => command());
    }

    public void End() => _ended.TrySetResult(true);

    public void Run(Action command)
    {
        lock (_gate)
        {
            if (_invoke is null)
            {
                _early!.Add(command);
                return;
            }
        }

        _invoke(command);
    }

    /// <summary>Runs something on the island and returns its result; the default if the stage has stopped.</summary>
    public async Task<T?> AskAsync<T>(Func<T> question, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Run(() => answer.TrySetResult(question()));
        var first = await Patience.ForAsync(Task.WhenAny(answer.Task, _ended.Task), "the island to answer", cancellationToken).ConfigureAwait(false);
        return first == answer.Task ? await answer.Task.ConfigureAwait(false) : default;
    }

    /// <summary>Returns when the island has done what it had been told before.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        for (var trip = 0; trip < Trips && !IsEnded; trip++)
        {
            await AskAsync(static () => true, cancellationToken).ConfigureAwait(false);
        }
    }
}
