using System.Text;

namespace AkkaPerf.Hosting;

/// <summary>Keys as HOCON writes them.</summary>
internal static class KeyText
{
    /// <summary><c>MaxPerBackend</c> becomes <c>max-per-backend</c>, <c>L1</c> becomes <c>l1</c>.</summary>
    public static string Kebab(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]))))
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }

    /// <summary>Two names that an environment variable cannot tell apart have the same normal form.</summary>
    public static string Normal(string name) => name.ToLowerInvariant().Replace('_', '-');

    /// <summary>The known key that was probably meant, or null.</summary>
    public static string? NearMiss(string key, IEnumerable<string> known)
    {
        var letters = Letters(key);
        var (best, distance) = known
            .Select(candidate => (Key: candidate, Distance: Distance(letters, Letters(candidate))))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault((Key: "", Distance: int.MaxValue));
        return distance <= Math.Max(1, best.Length / 3) ? best : null;
    }

    /// <summary>Without separators and case, so that camelCase and snake_case are near misses too; cut, because the comparison is quadratic.</summary>
    private static string Letters(string key) =>
        string.Concat(key.Take(100).Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant));

    /// <summary>Edits from one to the other, an exchange of neighbours counting once (Damerau 1964, restricted to adjacent letters).</summary>
    private static int Distance(string from, string to)
    {
        var cost = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                var replace = cost[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replace, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[from.Length, to.Length];
    }
}
