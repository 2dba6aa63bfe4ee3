namespace AkkaPerf.Connections;

/// <summary>Runs a factory for a pool, off the pool's thread.</summary>
/// <remarks>
/// What it asks of a factory goes to the thread pool, since many a client does it synchronously, and one that hangs must not hold the pool up.
/// The opens of shared transports start where they are asked for: they end at once, and then their report is read in the same batch.
/// </remarks>
/// <typeparam name="TConnection">What the factory opens.</typeparam>
internal sealed class ConnectionWorker<TConnection> : IConnectionWorker
    where TConnection : class
{
    private readonly IConnectionFactory<TConnection> _factory;

    public ConnectionWorker(IConnectionFactory<TConnection> factory)
    {
        _factory = factory;
        IsShared = factory.IsShared;
    }

    public bool IsShared { get; }

    public void Open(PooledConnection slot)
    {
        if (IsShared)
        {
            _ = OpenAsync(slot);
            return;
        }

        // Unsafe: whoever happens to run the pool must not lend its ambient context to a connection that outlives it.
        ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Worker.OpenAsync(work.Slot), (Worker: this, Slot: slot), preferLocal: false);
    }

    public void GiveUp(PooledConnection slot) => _ = slot.Cancellation.CancelAsync();

    public void Check(PooledConnection slot) =>
        ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Worker.CheckAsync(work.Slot), (Worker: this, Slot: slot), preferLocal: false);

    public void Close(PooledConnection slot, Action<Exception> onFailure) => ThreadPool.UnsafeQueueUserWorkItem(
        static work => _ = work.Worker.CloseAsync(work.Slot, work.OnFailure), (Worker: this, Slot: slot, OnFailure: onFailure), preferLocal: false);

    private async Task OpenAsync(PooledConnection slot)
    {
        PoolSignal report;
        try
        {
            var connection = await _factory.OpenAsync(slot.Backend, slot.Cancellation.Token).ConfigureAwait(false);
            report = connection is null
                ? PoolSignal.OpenFailed(slot, new InvalidOperationException("The connection factory returned null."))
                : PoolSignal.Opened(slot, connection);
        }
        catch (Exception cause)
        {
            report = PoolSignal.OpenFailed(slot, cause);
        }

        slot.Inbox.Post(report);
    }

    private async Task CheckAsync(PooledConnection slot)
    {
        bool isUsable;
        try
        {
            isUsable = await _factory.IsUsableAsync((TConnection)slot.Connection!, slot.Cancellation.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // A check that fails says the same as one that answers no.
            isUsable = false;
        }

        slot.Inbox.Post(PoolSignal.Checked(slot, isUsable));
    }

    private async Task CloseAsync(PooledConnection slot, Action<Exception> onFailure)
    {
        // A check that has been given up may still be under way. Whatever its callbacks throw, the connection is closed all the same.
        await TryAsync(() => slot.Cancellation.CancelAsync(), onFailure).ConfigureAwait(false);
        await TryAsync(() => _factory.CloseAsync((TConnection)slot.Connection!).AsTask(), onFailure).ConfigureAwait(false);
        slot.Inbox.Post(PoolSignal.Closed(slot));
    }

    private static async Task TryAsync(Func<Task> work, Action<Exception> onFailure)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            onFailure(failure);
        }
    }
}
