namespace AkkaPerf.Caching.Distributed;

/// <summary>Finds out whether a store that was left alone is back, and brings it what it missed.</summary>
/// <remarks>
/// A timer's work, not a caller's: nobody waits for a probe, and a store that comes back in a quiet hour gets its removals all the same.
/// One round at a time: probe if the breaker is open, then the journal in order. What fails there waits for the next round.
/// </remarks>
internal sealed class Reconciler
{
    private readonly SecondLevelParts _parts;
    private readonly string _probeKey;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();

    // Changes that were found busy: the next round does not wait for them any more. The one round's.
    private HashSet<long> _deferred = [];
    private Task _round = Task.CompletedTask;
    private bool _isArmed;
    private bool _isRunning;
    private bool _isStopped;

    public Reconciler(SecondLevelParts parts, string probeKey)
    {
        _parts = parts;
        _probeKey = probeKey;
        _timer = parts.Time.CreateTimer(static state => ((Reconciler)state!).BeginRound(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>There is something to do; it is done after a pause.</summary>
    /// <param name="isNewPause">Whether the pause begins now even if one has begun already: a breaker that opens must not be probed early.</param>
    public void Arm(bool isNewPause = false)
    {
        lock (_gate)
        {
            // A round that is running looks again at its end.
            if (_isStopped || _isRunning || (_isArmed && !isNewPause))
            {
                return;
            }

            _isArmed = true;
            _timer.Change(_parts.Breaker.NextPause(), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Stops, after one last try at the journal that takes little longer than the given time.</summary>
    public async ValueTask StopAsync(TimeSpan limit)
    {
        await StopRoundsAsync().ConfigureAwait(false);
        if (_parts.Ledger.Waiting == 0)
        {
            return;
        }

        using var ending = new CancellationTokenSource(limit, _parts.Time);
        if (_parts.Breaker.State == L2State.Closed || await ProbeAsync().ConfigureAwait(false))
        {
            await DrainAsync(isLast: true, ending.Token).ConfigureAwait(false);
        }

        if (_parts.Ledger.Waiting > 0)
        {
            _parts.Log.Stopped(_parts.Ledger.Waiting);
        }
    }

    private async ValueTask StopRoundsAsync()
    {
        Task round;
        lock (_gate)
        {
            _isStopped = true;
            round = _round;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        await round.ConfigureAwait(false);
    }

    private void BeginRound()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isStopped || _isRunning)
            {
                return;
            }

            (_isArmed, _isRunning) = (false, true);
            _round = ended.Task;
        }

        // Not under the lock: it runs until the store makes it wait. Whoever stops waits for its end.
        _ = RunRoundAsync(ended);
    }

    private async Task RunRoundAsync(TaskCompletionSource ended)
    {
        try
        {
            if (_parts.Breaker.State == L2State.Closed || await ProbeAsync().ConfigureAwait(false))
            {
                await DrainAsync(isLast: false, _stopping.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_gate)
            {
                _isRunning = false;
            }

            if (_parts.Ledger.Waiting > 0 || _parts.Breaker.State != L2State.Closed)
            {
                Arm();
            }

            ended.SetResult();
        }
    }

    private async Task<bool> ProbeAsync()
    {
        if (!_parts.Breaker.TryProbe())
        {
            return false;
        }

        // Left to the collector: a probe that hangs still has it.
        var result = await _parts.Calls.ForceAsync(new ReadCall(_probeKey, new PooledBuffer(limit: 0))).ConfigureAwait(false);
        var isBack = result is StoreResult.Done or StoreResult.Missing;
        _parts.Breaker.Probed(isBack);
        if (isBack)
        {
            _parts.Log.Closed(_parts.Ledger.Waiting);
        }

        return isBack;
    }

    /// <summary>Replays what waits; what the store does not take waits on, and what is busy is left for the next round unless this is the last.</summary>
    private async Task DrainAsync(bool isLast, CancellationToken cancellationToken)
    {
        var deferred = new HashSet<long>();

        // What is journaled meanwhile has larger numbers, so this ends when nothing new comes.
        var order = 0L;
        while (!cancellationToken.IsCancellationRequested && _parts.Breaker.State == L2State.Closed && _parts.Ledger.After(order) is { } change)
        {
            order = change.Order;
            var (isCurrent, isBusy) = _parts.Ledger.Resume(change, isLast || _deferred.Contains(order));
            if (isBusy)
            {
                deferred.Add(order);
            }
            else if (isCurrent)
            {
                await ReplayAsync(change).ConfigureAwait(false);
            }
        }

        _deferred = deferred;
    }

    private async Task ReplayAsync(Change change)
    {
        try
        {
            var life = change.ExpiresAt - _parts.Time.GetUtcNow();
            var call = new ChangeCall(_parts.Ledger, change.Key, change.Order, change.Value, life);
            if (await _parts.Calls.RunAsync(call, TimeSpan.MaxValue, CancellationToken.None).ConfigureAwait(false) == StoreResult.Done)
            {
                _parts.Ledger.Complete(change);
                _parts.Counters.Add(L2Count.Reconciled);
            }
        }
        finally
        {
            _parts.Ledger.End(change.Key);
        }
    }
}
