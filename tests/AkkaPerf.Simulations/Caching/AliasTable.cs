namespace AkkaPerf.Simulations.Caching;

/// <summary>Draws from a discrete distribution in constant time (Vose 1991).</summary>
internal sealed class AliasTable
{
    private readonly double[] _chances;
    private readonly int[] _aliases;

    public AliasTable(double[] weights)
    {
        var count = weights.Length;
        var sum = weights.Sum();
        _chances = [.. weights.Select(weight => weight * count / sum)];
        _aliases = new int[count];
        var small = new Stack<int>(Enumerable.Range(0, count).Where(i => _chances[i] < 1));
        var large = new Stack<int>(Enumerable.Range(0, count).Where(i => _chances[i] >= 1));
        while (small.Count > 0 && large.Count > 0)
        {
            var less = small.Pop();
            var more = large.Peek();
            _aliases[less] = more;
            _chances[more] -= 1 - _chances[less];
            if (_chances[more] < 1)
            {
                small.Push(large.Pop());
            }
        }

        foreach (var rest in small.Concat(large))
        {
            _chances[rest] = 1;
        }
    }

    public int Draw(Random random)
    {
        var column = random.Next(_chances.Length);
        return random.NextDouble() < _chances[column] ? column : _aliases[column];
    }
}
