namespace AkkaPerf.Simulations.Caching;

/// <summary>Keeps what was asked for most since the beginning, counting all keys exactly: no cache can know more about a fixed popularity.</summary>
internal sealed class LfuSimulator : ICacheSimulator
{
    private readonly int _capacity;
    private readonly Dictionary<int, int> _counts = [];
    private readonly SortedSet<(int Count, int Key)> _kept = [];

    public LfuSimulator(int capacity) => _capacity = capacity;

    public bool Access(int key)
    {
        var count = _counts.GetValueOrDefault(key);
        _counts[key] = count + 1;
        if (_kept.Remove((count, key)))
        {
            _kept.Add((count + 1, key));
            return true;
        }

        if (_kept.Count < _capacity)
        {
            _kept.Add((count + 1, key));
        }
        else if (_kept.Min.Count < count + 1)
        {
            _kept.Remove(_kept.Min);
            _kept.Add((count + 1, key));
        }

        return false;
    }
}
