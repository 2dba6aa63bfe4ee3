using AkkaPerf.Exchanges;

namespace AkkaPerf.Ingress;

/// <summary>The exchanges inside, the next deadline first; each knows its place, so that it can be taken out anywhere.</summary>
/// <remarks>
/// A four-ary heap: with one timeout for all, an exchange is added at the end without a move. One timer serves all deadlines. Deadlines stand in
/// the heap too: exchanges that are only compared are others', on other processors, and are not looked at.
/// The island's thread only.
/// </remarks>
internal sealed class DeadlineHeap
{
    private const int Arity = 4;

    private Item[] _items = new Item[64];

    public int Count { get; private set; }

    /// <summary>The one whose deadline is next; null if there is none.</summary>
    public Exchange? First => Count > 0 ? _items[0].Exchange : null;

    /// <summary>Adds one, whose deadline is not to change while it is here.</summary>
    public void Add(Exchange exchange)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        Rise(new Item(exchange.Deadline, exchange), Count++);
    }

    public void Remove(Exchange exchange)
    {
        var index = exchange.DeadlinePlace;
        if (index < 0)
        {
            return;
        }

        exchange.DeadlinePlace = -1;
        var deadline = _items[index].Deadline;
        var last = _items[--Count];
        _items[Count] = default;
        if (index == Count)
        {
            return;
        }

        if (last.Deadline < deadline)
        {
            Rise(last, index);
        }
        else
        {
            Sink(last, index);
        }
    }

    private void Rise(Item item, int index)
    {
        while (index > 0)
        {
            var parent = (index - 1) / Arity;
            if (_items[parent].Deadline <= item.Deadline)
            {
                break;
            }

            Place(_items[parent], index);
            index = parent;
        }

        Place(item, index);
    }

    private void Sink(Item item, int index)
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

            if (item.Deadline <= _items[least].Deadline)
            {
                break;
            }

            Place(_items[least], index);
            index = least;
        }

        Place(item, index);
    }

    private void Place(Item item, int index)
    {
        _items[index] = item;
        item.Exchange.DeadlinePlace = index;
    }

    private readonly record struct Item(long Deadline, Exchange Exchange);
}
