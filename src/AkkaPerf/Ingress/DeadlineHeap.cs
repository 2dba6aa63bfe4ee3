using AkkaPerf.Exchanges;

namespace AkkaPerf.Ingress;

/// <summary>The exchanges inside, the next deadline first; each knows its place, so that it can be taken out anywhere.</summary>
/// <remarks>
/// A four-ary heap: with one timeout for all, an exchange is added at the end without a move. One timer serves all deadlines.
/// The island's thread only.
/// </remarks>
internal sealed class DeadlineHeap
{
    private const int Arity = 4;

    private Exchange[] _items = new Exchange[64];

    public int Count { get; private set; }

    /// <summary>The one whose deadline is next; null if there is none.</summary>
    public Exchange? First => Count > 0 ? _items[0] : null;

    public void Add(Exchange exchange)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        Rise(exchange, Count++);
    }

    public void Remove(Exchange exchange)
    {
        var index = exchange.HeapIndex;
        if (index < 0)
        {
            return;
        }

        exchange.HeapIndex = -1;
        var last = _items[--Count];
        _items[Count] = null!;
        if (index == Count)
        {
            return;
        }

        if (last.Deadline < exchange.Deadline)
        {
            Rise(last, index);
        }
        else
        {
            Sink(last, index);
        }
    }

    private void Rise(Exchange exchange, int index)
    {
        while (index > 0)
        {
            var parent = (index - 1) / Arity;
            if (_items[parent].Deadline <= exchange.Deadline)
            {
                break;
            }

            Place(_items[parent], index);
            index = parent;
        }

        Place(exchange, index);
    }

    private void Sink(Exchange exchange, int index)
    {
        while (true)
        {
            var first = (index * Arity) + 1;
            if (first >= Count)
            {
                break;
            }

            var least = first;
            for (var child = first + 1; child < Math.Min(first + Arity, Count); child++)
            {
                if (_items[child].Deadline < _items[least].Deadline)
                {
                    least = child;
                }
            }

            if (exchange.Deadline <= _items[least].Deadline)
            {
                break;
            }

            Place(_items[least], index);
            index = least;
        }

        Place(exchange, index);
    }

    private void Place(Exchange exchange, int index)
    {
        _items[index] = exchange;
        exchange.HeapIndex = index;
    }
}
