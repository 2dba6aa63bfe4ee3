using AkkaPerf.Exchanges;

namespace AkkaPerf.Retrying;

/// <summary>Exchanges whose tries are exchanges of their own, each list by when the present try began: the first is always the next one due.</summary>
/// <remarks>They go from one list to the next. One that is in none has gone up. The island's thread.</remarks>
internal sealed class OpenExchanges
{
    private readonly ExchangeList _toBeHedged = new();
    private readonly ExchangeList _toBeTimed = new();
    private readonly ExchangeList _left = new();
    private readonly bool _hedges;
    private readonly long _timeout;

    /// <param name="hedges">Whether any is to be hedged.</param>
    /// <param name="timeout">How long a try may take, in the clock's ticks; 0 = it may take for ever.</param>
    public OpenExchanges(bool hedges, long timeout)
    {
        _hedges = hedges;
        _timeout = timeout;
    }

    public bool IsEmpty => _toBeHedged.Count == 0 && _toBeTimed.Count == 0 && _left.Count == 0;

    /// <summary>The next one to be hedged.</summary>
    public Exchange? FirstToBeHedged => _toBeHedged.First;

    public void Add(Exchange exchange) => (_hedges ? _toBeHedged : Unhedged).Add(exchange);

    public bool Contains(Exchange exchange) =>
        exchange.List is { } list && (list == _toBeHedged || list == _toBeTimed || list == _left);

    public bool Remove(Exchange exchange) => Contains(exchange) && exchange.List!.Remove(exchange);

    /// <summary>It is not to be hedged any more.</summary>
    public void Hedged(Exchange exchange)
    {
        _toBeHedged.Remove(exchange);
        Unhedged.Add(exchange);
    }

    /// <summary>Nothing is to happen to it any more but that its tries end.</summary>
    public void LeaveAlone(Exchange exchange)
    {
        if (Remove(exchange))
        {
            _left.Add(exchange);
        }
    }

    /// <summary>The next one whose try takes too long; null if there is none yet.</summary>
    public Exchange? FirstOverdue(long now) => NextTimeout(out var exchange) <= now ? exchange : null;

    /// <summary>When the next try will have taken too long; never if none will.</summary>
    public long NextTimeout(out Exchange? exchange)
    {
        exchange = null;
        if (_timeout == 0)
        {
            return long.MaxValue;
        }

        var (one, other) = (_toBeHedged.First, _toBeTimed.First);
        exchange = one is null || other?.Tries.BeganAt < one.Tries.BeganAt ? other : one;
        return exchange is null ? long.MaxValue : exchange.Tries.BeganAt + _timeout;
    }

    public bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Exchange? exchange) =>
        _toBeHedged.TryTake(out exchange) || _toBeTimed.TryTake(out exchange) || _left.TryTake(out exchange);

    private ExchangeList Unhedged => _timeout > 0 ? _toBeTimed : _left;
}
