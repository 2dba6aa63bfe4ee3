using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
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
    /// <remarks>
    /// Kestrel leaves of a request's Connection header that says close, keep-alive or upgrade just that word: names beside it can only be seen
    /// where it reads the header by <see cref="Hosting.ConnectionEncoding"/>.
    /// </remarks>
    public static HashSet<string>? Nominated(StringValues connection)
    {
        HashSet<string>? nominated = null;
        for (var i = 0; i < connection.Count; i++)
        {
            AddNominated(connection[i], ref nominated);
        }

        return nominated;
    }

    /// <summary>Takes out of a request what its Connection header names, before it is asked for: what a backend does not see must choose neither its answer nor what is kept of it.</summary>
    /// <remarks>What the proxy itself adds later is not the client's to name.</remarks>
    public static void Strip(IHeaderDictionary headers)
    {
        if (Nominated(headers.Connection) is not { } nominated)
        {
            return;
        }

        foreach (var name in nominated)
        {
            if (!IsOfMessage(name))
            {
                headers.Remove(name);
            }
        }

        nominated.RemoveWhere(static name => !IsOfMessage(name));
        headers.Connection = nominated.Count > 0 ? string.Join(", ", nominated) : default(StringValues);
    }

    /// <summary>Whether a Connection header names what has to be looked for.</summary>
    public static bool NamesOthers(string connection)
    {
        HashSet<string>? nominated = null;
        AddNominated(connection, ref nominated);
        return nominated is not null && !nominated.All(Contains);
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

    // What the server itself goes by is not taken from under it; none of it is forwarded as it came.
    private static bool IsOfMessage(string name) =>
        Contains(name)
        || name.Equals("Host", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase);

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
