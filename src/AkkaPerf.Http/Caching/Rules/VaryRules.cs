using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>Which requests a stored response answers, by its Vary field (RFC 9111, section 4.1).</summary>
internal static class VaryRules
{
    /// <summary>Whether it depends on more than fields: it answers no other request.</summary>
    public static bool IsAnything(StringValues vary)
    {
        for (var i = 0; i < vary.Count; i++)
        {
            var members = new ListCursor(vary[i]);
            while (members.MoveNext())
            {
                if (members.Current is "*")
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The names of the fields, each once, in order; empty if it depends on none.</summary>
    public static string[] NamesOf(StringValues vary)
    {
        if (vary.Count == 0)
        {
            return [];
        }

        var names = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < vary.Count; i++)
        {
            var members = new ListCursor(vary[i]);
            while (members.MoveNext())
            {
                names.Add(members.Current.ToString());
            }
        }

        return [.. names];
    }

    /// <summary>What a request says in such a field, in the form in which two that mean the same are the same; null if it does not say it.</summary>
    public static string? ValueOf<TFields>(TFields request, string name)
        where TFields : IFieldSource
    {
        var lines = request[name];
        if (lines.Count == 0)
        {
            return null;
        }

        if (name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase))
        {
            return AcceptedCodings.Normalize(lines);
        }

        return lines.Count == 1 && IsNormal(lines[0]!) ? lines[0] : Normalize(lines);
    }

    /// <summary>Whether a request says in all of these fields what another one said.</summary>
    public static bool Match<TFields>(TFields request, string[] names, string?[] values)
        where TFields : IFieldSource
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (!string.Equals(ValueOf(request, names[i]), values[i], StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    // One space behind each comma, none elsewhere around it.
    private static bool IsNormal(string line)
    {
        if (line.Length > 0 && (line[0] is ' ' or '\t' or ',' || line[^1] is ' ' or '\t' or ','))
        {
            return false;
        }

        for (var comma = line.IndexOf(','); comma >= 0; comma = line.IndexOf(',', comma + 1))
        {
            if (line[comma - 1] is ' ' or '\t' || line[comma + 1] != ' ' || line[comma + 2] is ' ' or '\t' or ',')
            {
                return false;
            }
        }

        return true;
    }

    private static string Normalize(StringValues lines)
    {
        var normal = new System.Text.StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            var members = new ListCursor(lines[i]);
            while (members.MoveNext())
            {
                normal.Append(normal.Length > 0 ? ", " : "").Append(members.Current);
            }
        }

        return normal.ToString();
    }
}
