using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Draws by share in constant time: an alias table (Walker 1977, Vose 1991).</summary>
internal sealed class WeightedDraw
{
    public static readonly Func<BackendGroup, WeightedDraw> Build = static group => new WeightedDraw(group);

    // Null while all shares are the same: then any one will do.
    private readonly (uint Threshold, int Alias)[]? _columns;

    private WeightedDraw(BackendGroup group)
    {
        if (group.HasEqualShares)
        {
            return;
        }

        var count = group.Count;
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

    public int Next(in PickContext context)
    {
        if (_columns is null)
        {
            return context.Random(context.Candidates.Count);
        }

        var bits = context.RandomBits();
        var column = (int)(((bits >> 32) * (uint)_columns.Length) >> 32);
        var (threshold, alias) = _columns[column];
        return (uint)bits <= threshold ? column : alias;
    }

    /// <summary>Another one than the given; the same if there is no other.</summary>
    public int NextBut(int other, in PickContext context)
    {
        var count = context.Candidates.Count;
        if (_columns is null)
        {
            var index = context.Random(Math.Max(1, count - 1));
            return index < other || count == 1 ? index : index + 1;
        }

        // Where one has nearly all the weight a second draw may not come; then the neighbour has to do.
        for (var draw = 0; draw < 8; draw++)
        {
            var index = Next(context);
            if (index != other)
            {
                return index;
            }
        }

        return (other + 1) % count;
    }
}
