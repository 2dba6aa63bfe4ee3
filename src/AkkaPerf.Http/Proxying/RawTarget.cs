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
        return target[start] == '/' ? target[start..] : string.Concat("/", target.AsSpan(start));
    }
}
