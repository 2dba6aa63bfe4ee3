using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Routing;

/// <summary>A <see cref="ValueMatchOptions"/> ready for use. Of a value that stands there several times, one that fits is enough.</summary>
internal sealed class ValueMatch
{
    private readonly string[] _values;
    private readonly MatchMode _mode;
    private readonly StringComparison _comparison;

    public ValueMatch(ValueMatchOptions options)
    {
        Name = options.Name;
        _values = [.. options.Values];
        _mode = options.Mode;
        _comparison = options.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
    }

    public string Name { get; }

    public bool Fits(StringValues found)
    {
        if (_mode is MatchMode.Exists or MatchMode.Absent)
        {
            return found.Count > 0 == (_mode == MatchMode.Exists);
        }

        for (var i = 0; i < found.Count; i++)
        {
            if (FitsOne(found[i] ?? ""))
            {
                return true;
            }
        }

        return false;
    }

    private bool FitsOne(string found)
    {
        foreach (var value in _values)
        {
            var fits = _mode switch
            {
                MatchMode.Exact => found.Equals(value, _comparison),
                MatchMode.Prefix => found.StartsWith(value, _comparison),
                _ => found.Contains(value, _comparison),
            };
            if (fits)
            {
                return true;
            }
        }

        return false;
    }
}
