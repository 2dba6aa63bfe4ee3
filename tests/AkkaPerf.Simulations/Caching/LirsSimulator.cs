namespace AkkaPerf.Simulations.Caching;

/// <summary>LIRS (Jiang and Zhang, SIGMETRICS 2002): keeps what is asked for again within a short while, seen from other keys' accesses.</summary>
internal sealed class LirsSimulator : ICacheSimulator
{
    // Of the cache, for those with a long while; and how many others are remembered after they left, as a multiple of it.
    private const double HirShare = 0.01;
    private const int GhostFactor = 2;

    private readonly int _lirCapacity;
    private readonly int _hirCapacity;
    private readonly int _capacity;
    private readonly Dictionary<int, Block> _blocks = [];
    private readonly LinkedList<Block> _stack = new();
    private readonly LinkedList<Block> _queue = new();
    private readonly LinkedList<Block> _ghosts = new();
    private int _lirs;

    public LirsSimulator(int capacity)
    {
        _capacity = capacity;
        _hirCapacity = Math.Max(1, (int)(capacity * HirShare));
        _lirCapacity = capacity - _hirCapacity;
    }

    public bool Access(int key)
    {
        if (!_blocks.TryGetValue(key, out var block))
        {
            block = _blocks[key] = new Block(key);
        }

        if (block.IsLir)
        {
            Push(block);
            Prune();
            return true;
        }

        if (block.Ghost is not null)
        {
            _ghosts.Remove(block.Ghost);
            block.Ghost = null;
        }

        var isHit = block.Queued is not null;
        if (isHit)
        {
            _queue.Remove(block.Queued!);
            block.Queued = null;
        }
        else
        {
            MakeRoom();
        }

        Place(block, isKnown: block.Stacked is not null);
        return isHit;
    }

    private void Place(Block block, bool isKnown)
    {
        Push(block);
        if (_lirs < _lirCapacity)
        {
            block.IsLir = true;
            _lirs++;
        }
        else if (isKnown)
        {
            block.IsLir = true;
            var bottom = _stack.First!.Value;
            bottom.IsLir = false;
            _stack.RemoveFirst();
            bottom.Stacked = null;
            bottom.Queued = _queue.AddLast(bottom);
            Prune();
        }
        else
        {
            block.Queued = _queue.AddLast(block);
        }
    }

    private void MakeRoom()
    {
        if (_lirs + _queue.Count < _capacity || _queue.First is not { } first)
        {
            return;
        }

        _queue.RemoveFirst();
        first.Value.Queued = null;
        if (first.Value.Stacked is null)
        {
            _blocks.Remove(first.Value.Key);
            return;
        }

        first.Value.Ghost = _ghosts.AddLast(first.Value);
        if (_ghosts.Count > _capacity * GhostFactor)
        {
            var ghost = _ghosts.First!.Value;
            _ghosts.RemoveFirst();
            ghost.Ghost = null;
            _stack.Remove(ghost.Stacked!);
            _blocks.Remove(ghost.Key);
        }
    }

    private void Push(Block block)
    {
        if (block.Stacked is not null)
        {
            _stack.Remove(block.Stacked);
        }

        block.Stacked = _stack.AddLast(block);
    }

    private void Prune()
    {
        while (_stack.First is { Value.IsLir: false } first)
        {
            var block = first.Value;
            _stack.RemoveFirst();
            block.Stacked = null;
            if (block.Ghost is not null)
            {
                _ghosts.Remove(block.Ghost);
                _blocks.Remove(block.Key);
            }
        }
    }

    private sealed class Block(int key)
    {
        public int Key { get; } = key;

        public bool IsLir { get; set; }

        public LinkedListNode<Block>? Stacked { get; set; }

        public LinkedListNode<Block>? Queued { get; set; }

        public LinkedListNode<Block>? Ghost { get; set; }
    }
}
