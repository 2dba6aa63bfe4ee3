namespace AkkaPerf.Caching.Local;

/// <summary>Slots in the order in which they were last used; under the cache's lock.</summary>
internal sealed class SlotQueue
{
    private readonly NodeTable _table;
    private readonly QueueKind _kind;
    private int _newest = NodeTable.None;

    public SlotQueue(NodeTable table, QueueKind kind)
    {
        _table = table;
        _kind = kind;
    }

    public int Count { get; private set; }

    /// <summary>The one used the longest ago; <see cref="NodeTable.None"/> if the queue is empty.</summary>
    public int Oldest { get; private set; } = NodeTable.None;

    /// <summary>The one used next after this; <see cref="NodeTable.None"/> if this is the newest.</summary>
    public int After(int slot) => _table.Nodes[slot].Newer;

    /// <summary>Adds a slot that stands in no queue, as the newest.</summary>
    public void Add(int slot)
    {
        var nodes = _table.Nodes;
        ref var node = ref nodes[slot];
        node.Queue = _kind;
        node.Older = _newest;
        node.Newer = NodeTable.None;
        if (_newest == NodeTable.None)
        {
            Oldest = slot;
        }
        else
        {
            nodes[_newest].Newer = slot;
        }

        _newest = slot;
        Count++;
    }

    public void Remove(int slot)
    {
        var nodes = _table.Nodes;
        ref var node = ref nodes[slot];
        if (node.Older == NodeTable.None)
        {
            Oldest = node.Newer;
        }
        else
        {
            nodes[node.Older].Newer = node.Newer;
        }

        if (node.Newer == NodeTable.None)
        {
            _newest = node.Older;
        }
        else
        {
            nodes[node.Newer].Older = node.Older;
        }

        Count--;
    }

    public void MoveToNewest(int slot)
    {
        if (slot != _newest)
        {
            Remove(slot);
            Add(slot);
        }
    }

    /// <summary>Hands the oldest over to another queue, as its newest.</summary>
    public void MoveOldestTo(SlotQueue other)
    {
        var slot = Oldest;
        Remove(slot);
        other.Add(slot);
    }
}
