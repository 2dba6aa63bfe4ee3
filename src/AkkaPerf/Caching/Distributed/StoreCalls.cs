using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Sends operations to the store, with a limit on how long anybody waits; never throws but for a caller's own cancellation.</summary>
/// <remarks>
/// Whoever stops waiting only stops waiting: the operation has until the hard timeout, so that the breaker learns the truth about the store
/// however impatient its callers are. Then it is cancelled, and if it ignores that it is left behind; its end is seen all the same.
/// </remarks>
internal sealed class StoreCalls
{
    // A store that hangs may hold that many operations of ours, their buffers with them; beyond it nothing new is begun.
    private const int MaxLeftBehind = 256;

    private readonly StoreClient _store;
    private readonly TimeSpan _hardTimeout;
    private readonly Breaker _breaker;
    private readonly L2Counters _counters;
    private readonly TimeProvider _time;
    private int _leftBehind;

    public StoreCalls(IDistributedCache store, TimeSpan hardTimeout, Breaker breaker, L2Counters counters, TimeProvider time)
    {
        _store = new StoreClient(store);
        _hardTimeout = hardTimeout;
        _breaker = breaker;
        _counters = counters;
        _time = time;
    }

    /// <summary>Told when the breaker opens, and why.</summary>
    public Action<Exception>? Opened { get; set; }

    /// <summary>Operations that nobody waits for but that the store still has.</summary>
    public int LeftBehind => Volatile.Read(ref _leftBehind);

    /// <summary>Sends one if the breaker lets it.</summary>
    /// <param name="call">The operation; it is ended in any case.</param>
    /// <param name="patience">How long to wait for it.</param>
    /// <param name="cancellationToken">Ends the waiting, not the operation.</param>
    public async ValueTask<StoreResult> RunAsync(StoreCall call, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (!_breaker.TryEnter(out var era) || IsFull())
        {
            call.End();
            return StoreResult.Refused;
        }

        var sending = BoundAsync(call, era);
        if (!sending.IsCompleted)
        {
            try
            {
                return patience < _hardTimeout
                    ? await sending.WaitAsync(patience, _time, cancellationToken).ConfigureAwait(false)
                    : await sending.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                _counters.Add(L2Count.Timeouts);
                Leave(call);
                return StoreResult.Failed;
            }
            catch (OperationCanceledException)
            {
                Leave(call);
                throw;
            }
        }

        return await sending.ConfigureAwait(false);
    }

    /// <summary>Sends one whatever the breaker says, as a probe or at the end.</summary>
    public async ValueTask<StoreResult> ForceAsync(StoreCall call)
    {
        if (!IsFull())
        {
            return await BoundAsync(call, era: null).ConfigureAwait(false);
        }

        call.End();
        return StoreResult.Refused;
    }

    private bool IsFull()
    {
        if (LeftBehind < MaxLeftBehind)
        {
            return false;
        }

        _counters.Add(L2Count.Refused);
        return true;
    }

    /// <summary>Never faults, and takes no longer than the hard timeout.</summary>
    private async Task<StoreResult> BoundAsync(StoreCall call, int? era)
    {
        var cancellation = new CancellationTokenSource();
        var sending = SendAsync(call, cancellation.Token);
        try
        {
            var isThere = await (sending.IsCompleted ? sending : sending.WaitAsync(_hardTimeout, _time)).ConfigureAwait(false);
            if (era is { } begun)
            {
                _breaker.Succeeded(begun);
            }

            cancellation.Dispose();
            return isThere ? StoreResult.Done : StoreResult.Missing;
        }
        catch (Exception exception)
        {
            if (sending.IsCompleted)
            {
                _counters.Add(L2Count.Errors);
            }
            else
            {
                // Whoever left earlier has counted it. The token's source is not disposed: the operation may still look at it.
                _counters.Add(L2Count.Timeouts, Leave(call) ? 1 : 0);
                Cancel(cancellation);
                Observe(sending);
            }

            if (era is { } begun && _breaker.Failed(begun))
            {
                Opened?.Invoke(exception);
            }

            return StoreResult.Failed;
        }
    }

    private async Task<bool> SendAsync(StoreCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await call.SendAsync(_store, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (call.End())
            {
                Interlocked.Decrement(ref _leftBehind);
            }
        }
    }

    /// <summary>False if it was left already, or has ended.</summary>
    private bool Leave(StoreCall call)
    {
        // Counted first, so that its end always finds it counted.
        Interlocked.Increment(ref _leftBehind);
        if (call.Leave())
        {
            return true;
        }

        Interlocked.Decrement(ref _leftBehind);
        return false;
    }

    // What the store registered on the token may block or throw; neither is this thread's business.
    private static void Cancel(CancellationTokenSource cancellation) => Observe(cancellation.CancelAsync());

    private static void Observe(Task task) => _ = task.ContinueWith(
        static ended => _ = ended.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
