namespace AkkaPerf.Http.Caching.Rules;

/// <summary>Goes through the members of a comma-separated field line (RFC 9110, section 5.6.1); a comma within quotes separates nothing.</summary>
internal ref struct ListCursor
{
    private ReadOnlySpan<char> _rest;

    public ListCursor(ReadOnlySpan<char> line) => _rest = line;

    /// <summary>The member found last, without white space around it.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>Goes to the next member that is not empty; false if there is none.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var end = EndOf(_rest);
            Current = _rest[..end].Trim(" \t");
            _rest = end < _rest.Length ? _rest[(end + 1)..] : default;
            if (!Current.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    private static int EndOf(ReadOnlySpan<char> line)
    {
        var quote = line.IndexOf('"');
        var comma = line.IndexOf(',');
        if (comma < 0 || quote < 0 || comma < quote)
        {
            return comma < 0 ? line.Length : comma;
        }

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
}
