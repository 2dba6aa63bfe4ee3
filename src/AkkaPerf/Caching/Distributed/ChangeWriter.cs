namespace AkkaPerf.Caching.Distributed;

/// <summary>Brings changes to the store, or to the journal; never throws.</summary>
internal sealed class ChangeWriter
{
    private readonly SecondLevelParts _parts;
    private readonly Reconciler _reconciler;

    public ChangeWriter(SecondLevelParts parts, Reconciler reconciler)
    {
        _parts = parts;
        _reconciler = reconciler;
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
    /// <param name="storeKey">As the store knows it.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask DiscardAsync(string storeKey, TimeSpan patience, CancellationToken cancellationToken)
    {
        var (order, mustWait) = _parts.Ledger.Begin(storeKey);
        try
        {
            if (!mustWait)
            {
                await _parts.Calls.RunAsync(new ChangeCall(_parts.Ledger, storeKey, order), patience, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _parts.Ledger.End(storeKey);
        }
    }

    private async Task<bool> ChangeAsync(string storeKey, PooledBuffer? envelope, DateTimeOffset expiresAt)
    {
        var (order, mustWait) = _parts.Ledger.Begin(storeKey);
        var call = mustWait
            ? null
            : new ChangeCall(_parts.Ledger, storeKey, order, envelope?.Memory ?? default, expiresAt - _parts.Time.GetUtcNow());
        var result = call is null
            ? StoreResult.Refused
            : await _parts.Calls.RunAsync(call, TimeSpan.MaxValue, CancellationToken.None).ConfigureAwait(false);
        if (result == StoreResult.Done)
        {
            _parts.Counters.Add(L2Count.BytesOut, envelope?.Length ?? 0);
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

        _parts.Ledger.End(storeKey);
        return result == StoreResult.Done;
    }

    private void Journal(Change change)
    {
        var forgotten = _parts.Counters.Forgotten;
        if (_parts.Ledger.Wait(change))
        {
            _reconciler.Arm();
        }

        if (_parts.Counters.Forgotten > forgotten)
        {
            _parts.Log.Forgot();
        }
    }
}
