namespace AkkaPerf.Http.Routing;

/// <summary>A <see cref="PathTransformOptions"/> ready for use. It changes the target as the client wrote it, so what it does not touch stays byte for byte.</summary>
internal sealed class PathTransform
{
    private readonly string _removed;
    private readonly string _added;
    private readonly PathPattern? _pattern;

    private PathTransform(PathTransformOptions options)
    {
        _removed = options.RemovePrefix;
        _added = options.AddPrefix;
        _pattern = options.Pattern.Length > 0 ? new PathPattern(options.Pattern) : null;
    }

    /// <summary>Whether what begins alike still does afterwards.</summary>
    public bool KeepsPrefixes => _pattern is null;

    /// <summary>Null if nothing is to be changed.</summary>
    public static PathTransform? Of(PathTransformOptions options) =>
        options.RemovePrefix.Length + options.AddPrefix.Length + options.Pattern.Length == 0 ? null : new PathTransform(options);

    /// <summary>Gives the target to be asked for.</summary>
    /// <param name="target">Path and query in origin form.</param>
    /// <param name="match">What the route's match has found.</param>
    public string Apply(string target, RouteMatch match)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var end = query < 0 ? target.Length : query;
        if (_pattern is not null)
        {
            return string.Concat(_pattern.Make(target.AsSpan(0, end), match), target.AsSpan(end));
        }

        var start = PrefixLength(target.AsSpan(0, end), _removed);
        var rest = target.AsSpan(start);
        var separator = _added.Length == 0 && (rest.IsEmpty || rest[0] != '/') ? "/" : "";

        // "/v1" before "/" is "/v1/": a prefix does not take the slash away that was there.
        return string.Concat(_added, separator, rest);
    }

    /// <summary>How much of a raw path is the prefix, whatever of it is percent-encoded and however many slashes stand for one; 0 if it is not there as whole segments.</summary>
    internal static int PrefixLength(ReadOnlySpan<char> path, string prefix)
    {
        var at = 0;
        foreach (var wanted in prefix)
        {
            if (at >= path.Length)
            {
                return 0;
            }

            var found = path[at];
            var step = 1;
            if (found == '%' && at + 2 < path.Length && char.IsAsciiHexDigit(path[at + 1]) && char.IsAsciiHexDigit(path[at + 2]) && wanted != '%')
            {
                found = (char)Convert.ToByte(path.Slice(at + 1, 2).ToString(), 16);
                step = 3;
            }

            // As routing compares literals; an encoded slash separates nothing.
            if (char.ToLowerInvariant(found) != char.ToLowerInvariant(wanted) || (step == 3 && found == '/'))
            {
                return 0;
            }

            at += step;
            while (found == '/' && at < path.Length && path[at] == '/')
            {
                // An empty segment, which routes need not see.
                at++;
            }
        }

        return at == path.Length || path[at] == '/' ? at : 0;
    }
}
