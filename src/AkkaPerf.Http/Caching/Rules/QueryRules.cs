using System.Net;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>Which differences of the query do not matter to a resource, as its No-Vary-Search field says.</summary>
/// <param name="IgnoresOrder">Whether the order of parameters of different names does not matter.</param>
/// <param name="IsExcept">Whether all parameters but those named do not matter, rather than those named.</param>
/// <param name="Names">The names.</param>
internal sealed record QueryRules(bool IgnoresOrder, bool IsExcept, IReadOnlySet<string> Names)
{
    /// <summary>What tells it from other rules: the same for two that say the same.</summary>
    public string Text { get; } =
        $"{(IgnoresOrder ? "key-order," : "")}{(IsExcept ? "except" : "params")}={string.Join(',', Names.Order(StringComparer.Ordinal).Select(Uri.EscapeDataString))}";

    /// <summary>Reads the field; null if it is not there, not valid, or says that everything matters.</summary>
    public static QueryRules? Parse(Microsoft.Extensions.Primitives.StringValues field)
    {
        if (field.Count == 0 || !StructuredDictionary.TryParse(string.Join(", ", (IEnumerable<string?>)field), out var members))
        {
            return null;
        }

        var ignoresOrder = members.GetValueOrDefault("key-order", false) is true;
        var parameters = members.GetValueOrDefault("params", false);
        var except = members.GetValueOrDefault("except");
        switch (parameters)
        {
            case true when except is null:
                return new QueryRules(ignoresOrder, IsExcept: true, new HashSet<string>(StringComparer.Ordinal));
            case true when TryNames(except, out var kept):
                return new QueryRules(ignoresOrder, IsExcept: true, kept);
            case false when except is null:
                return ignoresOrder ? new QueryRules(true, IsExcept: false, new HashSet<string>(StringComparer.Ordinal)) : null;
            case List<object> when except is null && TryNames(parameters, out var ignored):
                return new QueryRules(ignoresOrder, IsExcept: false, ignored);
            default:
                return null;
        }
    }

    /// <summary>The query in the form in which two that differ in nothing that matters are the same; with its question mark, or empty.</summary>
    public string Normalize(ReadOnlySpan<char> query)
    {
        var kept = new List<KeyValuePair<string, string>>();
        foreach (var range in query.Split('&'))
        {
            var part = query[range];
            if (part.IsEmpty)
            {
                continue;
            }

            var equals = part.IndexOf('=');
            var name = Decoded(equals < 0 ? part : part[..equals]);
            if (Names.Contains(name) == IsExcept)
            {
                kept.Add(new(name, equals < 0 ? "" : Decoded(part[(equals + 1)..])));
            }
        }

        // Stable: parameters of the same name keep their order.
        var ordered = IgnoresOrder ? kept.OrderBy(static one => one.Key, StringComparer.Ordinal) : kept.AsEnumerable();
        var text = string.Join('&', ordered.Select(static one => $"{Uri.EscapeDataString(one.Key)}={Uri.EscapeDataString(one.Value)}"));
        return text.Length > 0 ? "?" + text : "";
    }

    private static string Decoded(ReadOnlySpan<char> text) => WebUtility.UrlDecode(text.ToString());

    private static bool TryNames(object? list, out IReadOnlySet<string> names)
    {
        names = list is List<object> members && members.TrueForAll(static member => member is string)
            ? members.Cast<string>().ToHashSet(StringComparer.Ordinal)
            : new HashSet<string>(StringComparer.Ordinal);
        return list is List<object> all && all.TrueForAll(static member => member is string);
    }
}
