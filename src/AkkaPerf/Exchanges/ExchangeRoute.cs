namespace AkkaPerf.Exchanges;

/// <summary>What one pipeline's exchanges have in common: who handles them, and what becomes of their answers.</summary>
internal sealed class ExchangeRoute<TRequest, TResponse>
{
    public ExchangeRoute(Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>> handle, Func<TRequest, TResponse, CacheEntry?>? keep)
    {
        Handle = handle;
        Keep = keep;
    }

    /// <summary>Runs the user's handler: request, connection if the pipeline has any, context.</summary>
    public Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>> Handle { get; }

    /// <summary>Makes the cache's entry of an answer, or null if it is not to be kept; null if the pipeline has no cache.</summary>
    public Func<TRequest, TResponse, CacheEntry?>? Keep { get; }
}
