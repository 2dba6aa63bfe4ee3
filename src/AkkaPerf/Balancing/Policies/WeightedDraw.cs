using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Draws by share in constant time: an alias table (Walker 1977, Vose 1991).</summary>
internal sealed class WeightedDraw
{
    public static readonly Func<BackendGroup, WeightedDraw> Build = static group => new WeightedDraw(group);

    // Null while all shares are the same: then any one will do.
    private readonly (uint Threshold, int Alias)[]? _columns;

    private readonly int _count;

    private WeightedDraw(BackendGroup group)
    {
        _count = group.Count;
        if (group.HasEqualShares)
        {
            return;
        }

        var count = _count;
        _columns = new (uint, int)[count];
        var heights = new double[count];
        var (small, large) = (new Stack<int>(), new Stack<int>());
        for (var i = 0; i < count; i++)
        {
            heights[i] = (double)group[i].Share * count / group.TotalShare;
            (heights[i] < 1 ? small : large).Push(i);
        }

        while (small.Count > 0 && large.Count > 0)
        {
            var (low, high) = (small.Pop(), large.Pop());
            _columns[low] = ((uint)(heights[low] * uint.MaxValue), high);
            heights[high] -= 1 - heights[low];
            (heights[high] < 1 ? small : large).Push(high);
        }

        // What is left is whole but for rounding.
        foreach (var whole in small.Concat(large))
        {
            _columns[whole] = (uint.MaxValue, whole);
        }
    }

    /// <summary>Who is drawn by a random number.</summary>
    /// <param name="bits">All 64 of them.</param>
    public int Of(ulong bits)
    {
        var column = (int)(((bits >> 32) * (uint)_count) >> 32);
        if (_columns is null)
        {
            return column;
        }

        var (threshold, alias) = _columns[column];

        // Either as likely, so that a branch would be guessed wrongly: a mask is not.
        var other = (int)((threshold - (ulong)(uint)bits) >> 32);
        return column ^ ((column ^ alias) & other);
    }
}
