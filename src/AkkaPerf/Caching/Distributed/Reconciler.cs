namespace AkkaPerf.Caching.Distributed;

/// <summary>Finds out whether a store that was left alone is back, and brings it what it missed.</summary>
/// <remarks>
/// A timer's work, not a caller's: nobody waits for a probe, and a store that comes back in a quiet hour gets its removals all the same.
/// One round at a time: probe if the breaker is open, then the journal in order until something fails.
/// </remarks>
internal sealed class Reconciler : IAsyncDisposable
{
    private readonly Breaker _breaker;
    private readonly ChangeLedger _ledger;
    private readonly StoreCalls _calls;
    private readonly L2Counters _counters;
    private readonly SecondLevelLog _log;
    private readonly TimeProvider _time;
    private readonly string _probeKey;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();

    // Changes that were found busy: the next round does not wait for them any more. The one round's.
    private HashSet<long> _deferred = [];
    private Task _round = Task.CompletedTask;
    private bool _isArmed;
    private bool _isStopped;

    public Reconciler(Breaker breaker, ChangeLedger ledger, StoreCalls calls, L2Counters counters, SecondLevelLog log, TimeProvider time, string probeKey)
    {
        _breaker = breaker;
        _ledger = ledger;
        _calls = calls;
        _counters = counters;
        _log = log;
        _time = time;
        _probeKey = probeKey;
        _timer = time.CreateTimer(static state => ((Reconciler)state!).BeginRound(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>There is something to do; it is done after a pause, unless that is coming anyway.</summary>
    public void Arm()
    {
        lock (_gate)
        {
            if (_isArmed || _isStopped)
            {
                return;
            }

            _isArmed = true;
            _timer.Change(_breaker.NextPause(), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Stops, after one last try at the journal that takes little longer than the given time.</summary>
    public async ValueTask StopAsync(TimeSpan limit)
    {
        await StopRoundsAsync().ConfigureAwait(false);
        if (_ledger.Waiting == 0)
        {
            return;
        }

        using var ending = new CancellationTokenSource(limit, _time);
        if (_breaker.State == L2State.Closed || await ProbeAsync().ConfigureAwait(false))
        {
            await DrainAsync(isLast: true, ending.Token).ConfigureAwait(false);
        }

        if (_ledger.Waiting > 0)
        {
            _log.Stopped(_ledger.Waiting);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopRoundsAsync().ConfigureAwait(false);
        _stopping.Dispose();
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
            if (_isStopped)
            {
                return;
            }

            _round = ended.Task;
        }

        // Not under the lock: it runs until the store makes it wait. Whoever stops waits for its end.
        _ = RunRoundAsync(ended);
    }

    private async Task RunRoundAsync(TaskCompletionSource ended)
    {
        try
        {
            if (_breaker.State == L2State.Closed || await ProbeAsync().ConfigureAwait(false))
            {
                await DrainAsync(isLast: false, _stopping.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_gate)
            {
                _isArmed = false;
            }

            if (_ledger.Waiting > 0 || _breaker.State != L2State.Closed)
            {
                Arm();
            }

            ended.SetResult();
        }
    }

    private async Task<bool> ProbeAsync()
    {
        if (!_breaker.TryProbe())
        {
            return false;
        }

        // Left to the collector: a probe that hangs still has it.
        var result = await _calls.ForceAsync(new ReadCall(_probeKey, new PooledBuffer(limit: 0))).ConfigureAwait(false);
        var isBack = result is StoreResult.Done or StoreResult.Missing;
        _breaker.Probed(isBack);
        if (isBack)
        {
            _log.Closed(_ledger.Waiting);
        }

        return isBack;
    }

    /// <summary>Replays what waits; what the store does not take waits on, and what is busy is left for the next round unless this is the last.</summary>
    private async Task DrainAsync(bool isLast, CancellationToken cancellationToken)
    {
        var deferred = new HashSet<long>();

        // What is journaled meanwhile has larger numbers, so this ends when nothing new comes.
        var order = 0L;
        while (!cancellationToken.IsCancellationRequested && _breaker.State == L2State.Closed && _ledger.After(order) is { } change)
        {
            order = change.Order;
            var (isCurrent, isBusy) = _ledger.Resume(change, isLast || _deferred.Contains(order));
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
            var life = change.ExpiresAt - _time.GetUtcNow();
            var call = change.Value is { } value && life > TimeSpan.Zero
                ? ChangeCall.Write(_ledger, change.Key, value, life)
                : ChangeCall.Removal(_ledger, change.Key);
            if (await _calls.RunAsync(call, TimeSpan.MaxValue, CancellationToken.None).ConfigureAwait(false) == StoreResult.Done)
            {
                _ledger.Complete(change);
                _counters.Add(L2Count.Reconciled);
            }
        }
        finally
        {
            _ledger.End(change.Key);
        }
    }
}
