using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>The headers that concern one hop and are not forwarded (RFC 9110, section 7.6.1), either way.</summary>
internal static class HopByHop
{
    private static readonly FrozenSet<string> Names = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "TE", "Trailer",
        "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info", "Proxy-Features", "Proxy-Instruction",
        "HTTP2-Settings", "Alt-Svc", "Close", "Security-Scheme", "ALPN",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool Contains(string name) => Names.Contains(name);

    /// <summary>The headers that a Connection header takes out besides; null for none, as nearly always.</summary>
    /// <remarks>Kestrel leaves of a request's Connection header that says close, keep-alive or upgrade just that word: names beside it cannot be seen.</remarks>
    public static HashSet<string>? Nominated(StringValues connection)
    {
        HashSet<string>? nominated = null;
        for (var i = 0; i < connection.Count; i++)
        {
            AddNominated(connection[i], ref nominated);
        }

        return nominated;
    }

    /// <summary>Whether a TE header says that the client takes trailers; nothing else of it survives a hop.</summary>
    public static bool AcceptsTrailers(StringValues te) => HasToken(te, "trailers");

    /// <summary>Whether a list of tokens, which may have parameters, has this one.</summary>
    public static bool HasToken(StringValues list, string token)
    {
        for (var i = 0; i < list.Count; i++)
        {
            foreach (var range in list[i].AsSpan().Split(','))
            {
                var item = list[i].AsSpan()[range];
                var end = item.IndexOf(';');
                if ((end < 0 ? item : item[..end]).Trim().Equals(token, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static void AddNominated(string? line, ref HashSet<string>? nominated)
    {
        foreach (var range in line.AsSpan().Split(','))
        {
            var name = line.AsSpan()[range].Trim();
            if (name.Length > 0
                && !name.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
                && !name.Equals("close", StringComparison.OrdinalIgnoreCase))
            {
                nominated ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase);
                nominated.Add(name.ToString());
            }
        }
    }
}
