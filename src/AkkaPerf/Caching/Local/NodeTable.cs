namespace AkkaPerf.Caching.Local;

/// <summary>The nodes of all slots, and which slots are free; under the cache's lock.</summary>
/// <remarks>
/// Entries live in slots of arrays and are linked by numbers, not by objects: a stored entry costs no object of its own beside the
/// <see cref="Exchanges.CacheEntry"/>, and a Set leaves no garbage.
/// </remarks>
internal sealed class NodeTable
{
    public const int None = -1;

    private const int Smallest = 64;

    private readonly int _capacity;
    private int _used;
    private int _free = None;

    public NodeTable(int capacity)
    {
        _capacity = capacity;
        Nodes = new Node[Math.Min(capacity, Smallest)];
    }

    /// <summary>Replaced when it grows: not to be kept.</summary>
    public Node[] Nodes { get; private set; }

    /// <summary>Slots that there are, free ones too.</summary>
    public int Length => Nodes.Length;

    /// <summary>Every slot in use is below it.</summary>
    public int End => _used;

    /// <summary>Whether the next <see cref="Take"/> needs more slots than there are.</summary>
    public bool IsExhausted => _free == None && _used == Nodes.Length;

    /// <summary>Doubles the slots, up to the capacity.</summary>
    public void Grow()
    {
        var nodes = new Node[(int)Math.Min(_capacity, Nodes.Length * 2L)];
        Nodes.CopyTo(nodes, 0);
        Nodes = nodes;
    }

    /// <summary>Takes a free slot for an entry of this hash and weight; there must be one.</summary>
    public int Take(int hash, long weight)
    {
        var slot = _free;
        if (slot == None)
        {
            slot = _used++;
        }
        else
        {
            _free = Nodes[slot].Newer;
        }

        ref var node = ref Nodes[slot];
        node.Reset(hash, weight);
        node.TimerOlder = node.TimerNewer = None;
        return slot;
    }

    /// <summary>Gives a slot back.</summary>
    public void Give(int slot)
    {
        Nodes[slot].Queue = QueueKind.None;
        Nodes[slot].Newer = _free;
        _free = slot;
    }
}
