namespace AkkaPerf.Caching.Distributed;

/// <summary>Brings changes to the store, or to the journal; never throws.</summary>
internal sealed class ChangeWriter
{
    private readonly StoreCalls _calls;
    private readonly ChangeLedger _ledger;
    private readonly Reconciler _reconciler;
    private readonly L2Counters _counters;
    private readonly SecondLevelLog _log;
    private readonly TimeProvider _time;

    public ChangeWriter(StoreCalls calls, ChangeLedger ledger, Reconciler reconciler, L2Counters counters, SecondLevelLog log, TimeProvider time)
    {
        _calls = calls;
        _ledger = ledger;
        _reconciler = reconciler;
        _counters = counters;
        _log = log;
        _time = time;
    }

    /// <summary>Writes an envelope, which is this method's from now on, or removes what is there; false if the store has not had it yet.</summary>
    /// <param name="storeKey">As the store knows it.</param>
    /// <param name="envelope">Null to remove.</param>
    /// <param name="expiresAt">The end of the envelope's life.</param>
    /// <param name="cancellationToken">Ends the waiting only: a change that has begun is not lost.</param>
    public async ValueTask<bool> ChangeAsync(string storeKey, PooledBuffer? envelope, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        var changing = ChangeAsync(storeKey, envelope, expiresAt);
        if (!changing.IsCompleted && cancellationToken.CanBeCanceled)
        {
            await ((Task)changing).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return changing.IsCompleted && await changing.ConfigureAwait(false);
        }

        return await changing.ConfigureAwait(false);
    }

    /// <summary>Removes what cannot be used; not journaled, since it cannot be used later either.</summary>
    public async ValueTask DiscardAsync(string storeKey)
    {
        var (_, mustWait) = _ledger.Begin(storeKey);
        if (!mustWait)
        {
            await _calls.RunAsync(ChangeCall.Removal(_ledger, storeKey), TimeSpan.MaxValue, CancellationToken.None).ConfigureAwait(false);
        }

        _ledger.End(storeKey);
    }

    private async Task<bool> ChangeAsync(string storeKey, PooledBuffer? envelope, DateTimeOffset expiresAt)
    {
        var (order, mustWait) = _ledger.Begin(storeKey);
        var call = mustWait ? null : CreateCall(storeKey, envelope, expiresAt);
        var result = call is null
            ? StoreResult.Refused
            : await _calls.RunAsync(call, TimeSpan.MaxValue, CancellationToken.None).ConfigureAwait(false);
        if (result == StoreResult.Done)
        {
            _counters.Add(L2Count.BytesOut, envelope?.Length ?? 0);
        }
        else
        {
            Journal(new Change(storeKey, order, envelope?.Span.ToArray(), expiresAt));
        }

        // What the store still has stays the store's: the collector takes it.
        if (call is not { IsLeftBehind: true })
        {
            envelope?.Dispose();
        }

        _ledger.End(storeKey);
        return result == StoreResult.Done;
    }

    private ChangeCall CreateCall(string storeKey, PooledBuffer? envelope, DateTimeOffset expiresAt)
    {
        var life = expiresAt - _time.GetUtcNow();
        return envelope is null || life <= TimeSpan.Zero
            ? ChangeCall.Removal(_ledger, storeKey)
            : ChangeCall.Write(_ledger, storeKey, envelope.Memory, life);
    }

    private void Journal(Change change)
    {
        var forgotten = _counters.Forgotten;
        if (_ledger.Wait(change))
        {
            _reconciler.Arm();
        }

        if (_counters.Forgotten > forgotten)
        {
            _log.Forgot();
        }
    }
}
