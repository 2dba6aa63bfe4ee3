namespace AkkaPerf.Simulations.Caching;

/// <summary>Drops what was asked for the longest ago.</summary>
internal sealed class LruSimulator : ICacheSimulator
{
    private readonly int _capacity;
    private readonly Dictionary<int, LinkedListNode<int>> _nodes = [];
    private readonly LinkedList<int> _order = new();

    public LruSimulator(int capacity) => _capacity = capacity;

    public bool Access(int key)
    {
        if (_nodes.TryGetValue(key, out var node))
        {
            _order.Remove(node);
            _order.AddLast(node);
            return true;
        }

        if (_order.Count == _capacity)
        {
            _nodes.Remove(_order.First!.Value);
            _order.RemoveFirst();
        }

        _nodes[key] = _order.AddLast(key);
        return false;
    }
}
