namespace AkkaPerf.Http.Proxying;

/// <summary>What stands between method and version in a request line (RFC 9112, section 3.2).</summary>
internal static class RawTarget
{
    /// <summary>Gives the path and query of a target without changing a byte of them; null for what has none, such as <c>*</c>.</summary>
    public static string? ToOriginForm(string target)
    {
        if (target.StartsWith('/'))
        {
            return target;
        }

        var scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
        {
            return null;
        }

        // Absolute form; the server has made sure that its authority is the Host header's. One with a user is an error (RFC 9110, section 4.2.4).
        var rest = target.AsSpan(scheme + 3);
        var path = rest.IndexOfAny('/', '?');
        if ((path < 0 ? rest : rest[..path]).Contains('@'))
        {
            return null;
        }

        if (path < 0)
        {
            return "/";
        }

        var start = scheme + 3 + path;
        var plain = target[start] == '/' ? target[start..] : string.Concat("/", target.AsSpan(start));

        // Of this form the server decodes slashes too, before it is routed.
        return HasEncodedSlash(plain) ? null : plain;
    }

    /// <summary>Whether the path has %2F or %5C, or a backslash as it is, which no path may have.</summary>
    public static bool HasEncodedSlash(string target)
    {
        var path = PathOf(target);
        if (path.Contains('\\'))
        {
            return true;
        }

        for (var i = path.IndexOf('%'); i >= 0 && i + 2 < path.Length; i++)
        {
            if (path[i] == '%' && ((path[i + 1], path[i + 2]) is ('2', 'F' or 'f') or ('5', 'C' or 'c')))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the path has a segment <c>.</c> or <c>..</c>, encoded or not.</summary>
    public static bool HasDotSegments(string target)
    {
        var path = PathOf(target);

        // Nearly no path has a segment that begins with a dot.
        if (path.IndexOf("/.", StringComparison.Ordinal) < 0 && path.IndexOf("/%2", StringComparison.Ordinal) < 0)
        {
            return false;
        }

        foreach (var range in path.Split('/'))
        {
            if (DotsOf(path[range]) is 1 or 2)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it has one that is none to most, but to those who take parameters off each segment first: <c>..;x=1</c>.</summary>
    public static bool HasDotSegmentsWithParameters(string target)
    {
        var path = PathOf(target);
        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            var plain = segment.IndexOf(';');
            var encoded = segment.IndexOf("%3b", StringComparison.OrdinalIgnoreCase);
            var end = plain < 0 || (encoded >= 0 && encoded < plain) ? encoded : plain;
            if (end > 0 && DotsOf(segment[..end]) > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes them out, and changes nothing else (RFC 3986, section 5.2.4).</summary>
    public static string RemoveDotSegments(string target)
    {
        var path = PathOf(target);
        var kept = new List<Range>();
        var endsInDots = false;
        foreach (var range in path[1..].Split('/'))
        {
            var dots = DotsOf(path[1..][range]);
            endsInDots = dots > 0;
            if (dots == 2 && kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }
            else if (dots == 0)
            {
                kept.Add(range);
            }
        }

        var normal = new System.Text.StringBuilder(target.Length);
        foreach (var range in kept)
        {
            normal.Append('/').Append(path[1..][range]);
        }

        if (endsInDots || kept.Count == 0)
        {
            normal.Append('/');
        }

        return normal.Append(target.AsSpan(path.Length)).ToString();
    }

    /// <summary>Whether dots of the path take an empty segment away: who leaves those out first, as many servers do, reads another path.</summary>
    public static bool HasDotsBehindEmptySegments(string target)
    {
        var path = PathOf(target);
        if (path.IndexOf("//", StringComparison.Ordinal) < 0)
        {
            return false;
        }

        var kept = new Stack<bool>();
        foreach (var range in path[1..].Split('/'))
        {
            var segment = path[1..][range];
            var dots = DotsOf(segment);
            if (dots == 2 && kept.TryPop(out var isEmpty) && isEmpty)
            {
                return true;
            }

            if (dots == 0)
            {
                kept.Push(segment.IsEmpty);
            }
        }

        return false;
    }

    /// <summary>Leaves the empty segments out of a path, but for the one that ends it; the same string if there are none.</summary>
    public static string MergeSlashes(string path)
    {
        if (!path.Contains("//", StringComparison.Ordinal))
        {
            return path;
        }

        var merged = new System.Text.StringBuilder(path.Length);
        foreach (var letter in path)
        {
            if (letter != '/' || merged.Length == 0 || merged[^1] != '/')
            {
                merged.Append(letter);
            }
        }

        return merged.ToString();
    }

    private static ReadOnlySpan<char> PathOf(string target)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target.AsSpan(0, query);
    }

    // 1 for "." and 2 for "..", however they are written; 0 for any other segment.
    private static int DotsOf(ReadOnlySpan<char> segment)
    {
        var dots = 0;
        while (!segment.IsEmpty)
        {
            var step = segment[0] == '.' ? 1 : segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase) ? 3 : 0;
            if (step == 0 || ++dots > 2)
            {
                return 0;
            }

            segment = segment[step..];
        }

        return dots;
    }
}
