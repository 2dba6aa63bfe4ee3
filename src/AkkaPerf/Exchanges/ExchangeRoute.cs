using AkkaPerf.Statistics;

namespace AkkaPerf.Exchanges;

/// <summary>What one pipeline's exchanges have in common: who handles them, what becomes of their answers, and those to be used again.</summary>
internal sealed class ExchangeRoute<TRequest, TResponse>
{
    private readonly Spares<Exchange<TRequest, TResponse>>? _retired;

    public ExchangeRoute(
        Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>> handle,
        ICacheRoute<TRequest, TResponse>? levels,
        int maxRetired)
    {
        Handle = handle;
        Levels = levels;
        _retired = maxRetired > 0 ? new Spares<Exchange<TRequest, TResponse>>(maxRetired) : null;
    }

    /// <summary>Runs the user's handler: request, connection if the pipeline has any, context.</summary>
    public Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>> Handle { get; }

    /// <summary>What the exchanges need of the cache; null if the pipeline has none.</summary>
    public ICacheRoute<TRequest, TResponse>? Levels { get; }

    /// <summary>What the hash policies know a request by, if not by its key; null if nothing was said of that.</summary>
    public Func<TRequest, string?>? AffinityOf { get; init; }

    /// <summary>Which requests may be tried again; null if nothing was said of that.</summary>
    public RepeatRules<TRequest>? Repeats { get; init; }

    /// <summary>Whether exchanges are used again.</summary>
    public bool UsesAgain => _retired is not null;

    /// <summary>An exchange that is as new.</summary>
    public Exchange<TRequest, TResponse> Rent(IExchangeHost host) => _retired?.Take() ?? new Exchange<TRequest, TResponse>(host, this);

    /// <summary>Takes an exchange that has been made as new.</summary>
    public void TakeBack(Exchange<TRequest, TResponse> exchange) => _retired!.TryKeep(exchange);
}
