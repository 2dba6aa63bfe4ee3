namespace AkkaPerf.Exchanges;

/// <summary>A first-in-first-out list of exchanges, linked through themselves: adding and taking out anywhere costs nothing.</summary>
/// <remarks>An exchange is in one list at a time. The island's thread only.</remarks>
internal sealed class ExchangeList
{
    private Exchange? _first;
    private Exchange? _last;

    public int Count { get; private set; }

    public Exchange? First => _first;

    public void Add(Exchange exchange)
    {
        exchange.List = this;
        exchange.Previous = _last;
        if (_last is null)
        {
            _first = exchange;
        }
        else
        {
            _last.Next = exchange;
        }

        _last = exchange;
        Count++;
    }

    /// <summary>Takes an exchange out; false if it is not in this list.</summary>
    public bool Remove(Exchange exchange)
    {
        if (exchange.List != this)
        {
            return false;
        }

        if (exchange.Previous is null)
        {
            _first = exchange.Next;
        }
        else
        {
            exchange.Previous.Next = exchange.Next;
        }

        if (exchange.Next is null)
        {
            _last = exchange.Previous;
        }
        else
        {
            exchange.Next.Previous = exchange.Previous;
        }

        exchange.List = null;
        exchange.Next = exchange.Previous = null;
        Count--;
        return true;
    }

    public bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Exchange? exchange)
    {
        exchange = _first;
        return exchange is not null && Remove(exchange);
    }
}
