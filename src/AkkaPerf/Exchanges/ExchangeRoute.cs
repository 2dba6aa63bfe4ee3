using System.Collections.Concurrent;

namespace AkkaPerf.Exchanges;

/// <summary>What one pipeline's exchanges have in common: who handles them, what becomes of their answers, and those to be used again.</summary>
internal sealed class ExchangeRoute<TRequest, TResponse>
{
    private readonly ConcurrentQueue<Exchange<TRequest, TResponse>> _retired = new();
    private readonly int _maxRetired;
    private int _retiredCount;

    public ExchangeRoute(
        Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>> handle,
        ICacheRoute<TRequest, TResponse>? levels,
        int maxRetired)
    {
        Handle = handle;
        Levels = levels;
        _maxRetired = maxRetired;
    }

    /// <summary>Runs the user's handler: request, connection if the pipeline has any, context.</summary>
    public Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>> Handle { get; }

    /// <summary>What the exchanges need of the cache; null if the pipeline has none.</summary>
    public ICacheRoute<TRequest, TResponse>? Levels { get; }

    /// <summary>What the hash policies know a request by, if not by its key; null if nothing was said of that.</summary>
    public Func<TRequest, string?>? AffinityOf { get; init; }

    /// <summary>Which requests may be tried again; null if nothing was said of that.</summary>
    public RepeatRules<TRequest>? Repeats { get; init; }

    /// <summary>An exchange that is as new.</summary>
    public Exchange<TRequest, TResponse> Rent(IExchangeHost host)
    {
        if (_retired.TryDequeue(out var exchange))
        {
            Interlocked.Decrement(ref _retiredCount);
            return exchange;
        }

        return new Exchange<TRequest, TResponse>(host, this);
    }

    /// <summary>Reserves room for an exchange that is to be used again; false if there are enough.</summary>
    public bool TryReserve()
    {
        if (Volatile.Read(ref _retiredCount) >= _maxRetired)
        {
            return false;
        }

        Interlocked.Increment(ref _retiredCount);
        return true;
    }

    /// <summary>Takes an exchange that has been made as new, after <see cref="TryReserve"/>.</summary>
    public void TakeBack(Exchange<TRequest, TResponse> exchange) => _retired.Enqueue(exchange);
}
