namespace AkkaPerf.Http.Assets;

/// <summary>Tells which paths, decoded once by the server, may name a file below a directory.</summary>
internal static class AssetPath
{
    private const string WellKnown = ".well-known";

    // Longer than any file system takes.
    private const int Longest = 4096;

    /// <summary>Whether each segment is the plain name of something that is not hidden; a directory's path ends in a slash, or is empty.</summary>
    public static bool IsServed(ReadOnlySpan<char> path)
    {
        if (path.Length > Longest)
        {
            return false;
        }

        var isFirst = true;
        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (segment.IsEmpty)
            {
                // Only behind the last slash.
                return range.End.GetOffset(path.Length) == path.Length;
            }

            if (!IsName(segment) || (segment[0] == '.' && !(isFirst && segment is WellKnown)))
            {
                return false;
            }

            isFirst = false;
        }

        return true;
    }

    /// <summary>Whether it names a directory.</summary>
    public static bool IsDirectory(ReadOnlySpan<char> path) => path.IsEmpty || path[^1] == '/';

    private static bool IsName(ReadOnlySpan<char> segment)
    {
        foreach (var c in segment)
        {
            // A backslash separates for some, and a colon leads to drives and streams.
            if (c is < ' ' or '\x7f' or '\\' || (c == ':' && OperatingSystem.IsWindows()))
            {
                return false;
            }
        }

        // What the server has left encoded is a separator for some.
        return !segment.Contains("%2f", StringComparison.OrdinalIgnoreCase)
            && !segment.Contains("%5c", StringComparison.OrdinalIgnoreCase)

            // Windows takes these off: the name would be another's.
            && !(OperatingSystem.IsWindows() && segment[^1] is ('.' or ' '));
    }
}
