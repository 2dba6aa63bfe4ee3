using System.Globalization;

namespace AkkaPerf.Http.Caching;

/// <summary>What the Cache-Control lines of a response say, taken strictly: what cannot be read, or is said twice differently, forbids.</summary>
internal struct Directives
{
    // A year is what the field means by for ever; more would only overflow somewhere.
    private const long Longest = 365L * 24 * 60 * 60;

    private long? _maxAge;
    private long? _sharedMaxAge;
    private bool _isForbidden;

    /// <summary>The explicit life in seconds; zero if there is none, or keeping is forbidden.</summary>
    public readonly long Life => _isForbidden ? 0 : _sharedMaxAge ?? _maxAge ?? 0;

    public void Read(ReadOnlySpan<char> line)
    {
        while (!line.IsEmpty)
        {
            var end = EndOf(line);
            ReadOne(line[..end].Trim());
            line = end < line.Length ? line[(end + 1)..] : default;
        }
    }

    // A comma within quotes separates nothing.
    private static int EndOf(ReadOnlySpan<char> line)
    {
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && isQuoted)
            {
                i++;
            }
            else if (line[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (line[i] == ',' && !isQuoted)
            {
                return i;
            }
        }

        return line.Length;
    }

    private void ReadOne(ReadOnlySpan<char> directive)
    {
        var equals = directive.IndexOf('=');
        var name = (equals < 0 ? directive : directive[..equals]).Trim();
        var value = equals < 0 ? default : directive[(equals + 1)..].Trim();
        if (Is(name, "private") || Is(name, "no-store") || Is(name, "no-cache") || Is(name, "must-understand"))
        {
            _isForbidden = true;
        }
        else if (Is(name, "max-age"))
        {
            Set(ref _maxAge, value);
        }
        else if (Is(name, "s-maxage"))
        {
            Set(ref _sharedMaxAge, value);
        }

        static bool Is(ReadOnlySpan<char> name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
    }

    private void Set(ref long? life, ReadOnlySpan<char> value)
    {
        if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
        {
            value = value[1..^1];
        }

        if (value.IsEmpty || value.ContainsAnyExceptInRange('0', '9'))
        {
            _isForbidden = true;
            return;
        }

        var seconds = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? Math.Min(parsed, Longest) : Longest;
        _isForbidden |= life is { } earlier && earlier != seconds;
        life = seconds;
    }
}
