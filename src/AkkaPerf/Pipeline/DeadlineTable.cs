using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>Exchanges and when each is late, in no order; each knows its place, and is alone to be touched when it comes or goes. Under a lock.</summary>
/// <remarks>
/// Problem: a heap moves others about when one goes, and those are another processor's. Nearly all go before they are late, so order is not worth
/// that. Rule: places in blocks of 64, and of each block a moment before which none of it is late: too early a one once whoever
/// set it has gone, and right again whenever the block has been looked through.
/// </remarks>
internal sealed class DeadlineTable
{
    private const int BlockSize = 64;
    private const int None = -1;

    private Place[] _places = new Place[BlockSize];
    private long[] _earliest = [long.MaxValue];
    private int _used;
    private int _free = None;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>None is late before; <see cref="long.MaxValue"/> if none ever will be.</summary>
    public long Earliest
    {
        get
        {
            var earliest = long.MaxValue;
            foreach (var ofBlock in _earliest)
            {
                earliest = Math.Min(earliest, ofBlock);
            }

            return earliest;
        }
    }

    public void Add(Exchange exchange)
    {
        var index = Take();
        _places[index] = new Place { Exchange = exchange, Deadline = exchange.Deadline };
        ref var earliest = ref _earliest[index / BlockSize];
        if (exchange.Deadline < earliest)
        {
            earliest = exchange.Deadline;
        }

        exchange.DeadlinePlace = index;
        Count++;
    }

    /// <summary>Takes one out, if it is here.</summary>
    public void Remove(Exchange exchange)
    {
        var index = exchange.DeadlinePlace;
        if (index < 0)
        {
            return;
        }

        exchange.DeadlinePlace = None;
        _places[index] = new Place { Next = _free };
        _free = index;
        Count--;
    }

    /// <summary>Hands out all that are late, each once: they stay here, and are late no more. Those that come or go meanwhile may be among them or not.</summary>
    public void ForLate(long now, Action<Exchange> late)
    {
        for (var block = 0; block < _earliest.Length; block++)
        {
            if (_earliest[block] > now)
            {
                continue;
            }

            for (var index = block * BlockSize; index < EndOf(block); index++)
            {
                if (_places[index].Exchange is { } exchange && _places[index].Deadline <= now)
                {
                    _places[index].Deadline = exchange.Deadline = long.MaxValue;
                    late(exchange);
                }
            }

            _earliest[block] = LookThrough(block);
        }
    }

    /// <summary>Takes out all, each before it is handed out, those too that come meanwhile.</summary>
    public void TakeAll(Action<Exchange> taken)
    {
        while (Count > 0)
        {
            for (var index = 0; index < _used; index++)
            {
                if (_places[index].Exchange is { } exchange)
                {
                    Remove(exchange);
                    taken(exchange);
                }
            }
        }
    }

    private int Take()
    {
        var index = _free;
        if (index != None)
        {
            _free = _places[index].Next;
            return index;
        }

        if (_used == _places.Length)
        {
            Array.Resize(ref _places, _used * 2);
            var blocks = _earliest.Length;
            Array.Resize(ref _earliest, blocks * 2);
            _earliest.AsSpan(blocks).Fill(long.MaxValue);
        }

        return _used++;
    }

    private int EndOf(int block) => Math.Min(_used, (block + 1) * BlockSize);

    private long LookThrough(int block)
    {
        var earliest = long.MaxValue;
        for (var index = block * BlockSize; index < EndOf(block); index++)
        {
            if (_places[index].Exchange is not null)
            {
                earliest = Math.Min(earliest, _places[index].Deadline);
            }
        }

        return earliest;
    }

    private struct Place
    {
        public Exchange? Exchange;
        public long Deadline;

        /// <summary>Of a free one, the next free one.</summary>
        public int Next;
    }
}
