using System.Buffers;
using AkkaPerf.Http.Routing;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>Reads the Forwarded header (RFC 7239, section 4) of a proxy that is trusted, which may have passed on what its own client said.</summary>
/// <remarks>Values without quotes may have what only quotes allow, as the colons of an address: proxies write so, and it cannot be misread.</remarks>
internal static class ForwardedList
{
    // All that is visible, but for what would end the value, or begin a quoted one.
    private static readonly SearchValues<char> Unquoted = SearchValues.Create(
        "!#$%&'()*+-./0123456789:<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>Whether what is added behind it is read as another element: no quote stays open, and nothing is left half said.</summary>
    public static bool IsSound(StringValues lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (!IsSound(lines[i].AsSpan()))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsSound(ReadOnlySpan<char> rest)
    {
        while (true)
        {
            rest = rest.TrimStart(" \t");
            if (!rest.IsEmpty && rest[0] is not (',' or ';') && !TryTakePair(ref rest))
            {
                return false;
            }

            rest = rest.TrimStart(" \t");
            if (rest.IsEmpty)
            {
                return true;
            }

            if (rest[0] is not (',' or ';'))
            {
                return false;
            }

            rest = rest[1..];
        }
    }

    private static bool TryTakePair(ref ReadOnlySpan<char> rest)
    {
        var equals = rest.IndexOf('=');
        if (equals < 0 || !HeaderName.IsToken(rest[..equals]))
        {
            return false;
        }

        rest = rest[(equals + 1)..];
        if (!rest.IsEmpty && rest[0] == '"')
        {
            return TryTakeQuoted(ref rest);
        }

        var end = rest.IndexOfAnyExcept(Unquoted);
        end = end < 0 ? rest.Length : end;
        rest = rest[end..];
        return end > 0;
    }

    private static bool TryTakeQuoted(ref ReadOnlySpan<char> rest)
    {
        for (var i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '\\')
            {
                i++;
            }
            else if (rest[i] == '"')
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
