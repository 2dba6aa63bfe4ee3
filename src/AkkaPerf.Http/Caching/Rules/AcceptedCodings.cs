using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>What an Accept-Encoding field accepts, in a form in which two that accept the same are the same: browsers differ in order and spelling only.</summary>
internal static class AcceptedCodings
{
    /// <summary>The codings that are accepted, in order; what is preferred to what is not told.</summary>
    public static string Normalize(StringValues lines)
    {
        var accepted = new SortedSet<string>(StringComparer.Ordinal);
        var refused = new SortedSet<string>(StringComparer.Ordinal);
        var isIdentityNamed = false;
        for (var i = 0; i < lines.Count; i++)
        {
            var members = new ListCursor(lines[i]);
            while (members.MoveNext())
            {
                var member = members.Current;
                var semicolon = member.IndexOf(';');
                var coding = (semicolon < 0 ? member : member[..semicolon]).Trim(" \t").ToString().ToLowerInvariant();
                var isRefused = semicolon >= 0 && IsZero(member[(semicolon + 1)..]);
                coding = coding == "x-gzip" ? "gzip" : coding;
                if (isRefused)
                {
                    refused.Add(coding);
                }
                else if (coding == "identity")
                {
                    isIdentityNamed = true;
                }
                else if (coding.Length > 0)
                {
                    accepted.Add(coding);
                }
            }
        }

        // It is accepted anyway, but where nothing else is.
        if (isIdentityNamed && refused.Contains("*"))
        {
            accepted.Add("identity");
        }

        if (isIdentityNamed)
        {
            refused.Remove("identity");
        }

        // What is not accepted need not be refused, but where anything else is.
        var isAnythingAccepted = accepted.Contains("*");
        accepted.UnionWith(refused.Where(coding => isAnythingAccepted || coding is "identity" or "*").Select(static coding => coding + ";q=0"));

        return string.Join(", ", accepted);
    }

    private static bool IsZero(ReadOnlySpan<char> parameter)
    {
        parameter = parameter.Trim(" \t");
        return parameter.StartsWith("q=0", StringComparison.OrdinalIgnoreCase) && !parameter[3..].ContainsAnyInRange('1', '9');
    }
}
