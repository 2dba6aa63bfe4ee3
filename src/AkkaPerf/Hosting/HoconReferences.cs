namespace AkkaPerf.Hosting;

/// <summary>The substitutions of a text, and whether one of them could lead back to itself.</summary>
/// <remarks>Paths that contain each other count as the same: an edge too many costs a legal oddity, one too few the process.</remarks>
internal sealed class HoconReferences(int maxDepth)
{
    private readonly List<(string Path, string Target, int Line)> _all = [];

    public void Add(string path, string target, int line) => _all.Add((path, target, line));

    /// <summary>The first substitution from which a way leads back, or on for too long.</summary>
    public (string Target, int Line)? FindCircle()
    {
        var isDone = new bool[_all.Count];
        for (var i = 0; i < _all.Count; i++)
        {
            if (Follow(i, isDone, []) is { } circle)
            {
                return (_all[circle].Target, _all[circle].Line);
            }
        }

        return null;
    }

    private static bool Overlap(string one, string other)
    {
        var (inner, outer) = one.Length > other.Length ? (one, other) : (other, one);
        return inner.StartsWith(outer, StringComparison.Ordinal) && (inner.Length == outer.Length || inner[outer.Length] is '.' or '[');
    }

    private int? Follow(int index, bool[] isDone, HashSet<int> open)
    {
        if (isDone[index])
        {
            return null;
        }

        var (path, target, _) = _all[index];
        if (!open.Add(index) || Overlap(path, target) || open.Count > maxDepth)
        {
            return index;
        }

        for (var next = 0; next < _all.Count; next++)
        {
            if (Overlap(target, _all[next].Path) && Follow(next, isDone, open) is { } circle)
            {
                return circle;
            }
        }

        open.Remove(index);
        isDone[index] = true;
        return null;
    }
}
