namespace AkkaPerf.Hosting;

/// <summary>Reads HOCON text strictly, before Akka's parser does, and finds the line of every key.</summary>
/// <remarks>
/// Akka's parser accepts unbalanced braces and keys without a value in silence, does not end on an unclosed list, and overflows the stack
/// on a substitution that leads back to itself. What passes here is a subset of its dialect on which it is safe.
/// </remarks>
internal sealed class HoconSyntax
{
    // Deeper than any configuration, shallower than any stack.
    private const int MaxDepth = 50;

    private readonly HoconCursor _cursor;
    private readonly Dictionary<string, int> _lines = [];
    private readonly HoconReferences _references = new(MaxDepth);
    private int _depth;

    private HoconSyntax(string text) => _cursor = new HoconCursor(text);

    /// <summary>Checks a text.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="lines">The line of every key, by its path.</param>
    /// <returns>The first fault and its line, or null.</returns>
    public static (string Problem, int Line)? Check(string text, out IReadOnlyDictionary<string, int> lines)
    {
        var syntax = new HoconSyntax(text);
        lines = syntax._lines;
        try
        {
            syntax.ReadRoot();
            return syntax._references.FindCircle() is { } circle
                ? ($"the substitution ${{{circle.Target}}} leads back to itself", circle.Line)
                : null;
        }
        catch (FormatException fault)
        {
            return (fault.Message, syntax._cursor.Line);
        }
    }

    private void ReadRoot()
    {
        _cursor.SkipBlank();
        if (_cursor.Current == '{')
        {
            ReadObject("");
            _cursor.SkipBlank();
            if (!_cursor.IsAtEnd)
            {
                HoconCursor.Fail($"unexpected '{_cursor.Current}' after the end of the root object");
            }
        }
        else
        {
            ReadEntries("", end: null);
        }
    }

    private void ReadObject(string path)
    {
        var start = _cursor.Line;
        Enter();
        ReadEntries(path, '}');
        if (_cursor.IsAtEnd)
        {
            HoconCursor.Fail($"the brace opened in line {start} is never closed");
        }

        Leave();
    }

    private void ReadEntries(string path, char? end)
    {
        for (_cursor.SkipBlank(); !_cursor.IsAtEnd && _cursor.Current != end; _cursor.SkipBlank())
        {
            ReadEntry(path);
        }
    }

    private void ReadEntry(string path)
    {
        var line = _cursor.Line;
        do
        {
            path = ConfigurationOrigin.Join(path, ReadKey());
            // Of several equal keys the last is the one that counts.
            _lines[path] = line;
        }
        while (_cursor.Take('.'));

        _cursor.SkipSpace();
        if (_cursor.Take('=') || _cursor.Take(':'))
        {
            _cursor.SkipBlank();
            ReadValue(path);
            EndEntry('}');
            return;
        }

        _cursor.SkipBlank();
        if (_cursor.Current != '{')
        {
            HoconCursor.Fail(_cursor.StartsWith("+=") ? "'+=' is not supported" : $"expected '=' or '{{' after the key '{path}'");
        }

        ReadObject(path);
        _cursor.SkipBlank();
        if (_cursor.Current == ',')
        {
            HoconCursor.Fail("a comma may not follow the closing brace of 'key { }'");
        }
    }

    private string ReadKey()
    {
        if (_cursor.Current == '"')
        {
            return _cursor.ReadQuoted();
        }

        var key = _cursor.ReadKey();
        if (key.Length == 0)
        {
            HoconCursor.Fail(_cursor.IsAtEnd ? "expected a key at the end" : $"expected a key instead of '{_cursor.Current}'");
        }

        if (key == "include")
        {
            _cursor.SkipSpace();
            if (_cursor.Current == '"')
            {
                HoconCursor.Fail("'include' is not supported: give both files as overlays");
            }
        }

        return key;
    }

    private void ReadValue(string path)
    {
        var kinds = new HashSet<char>();
        for (var pieces = 0; ; pieces++)
        {
            var kind = ReadPiece(path);
            if (kind is null)
            {
                if (pieces == 0)
                {
                    HoconCursor.Fail($"'{path}' has no value");
                }

                return;
            }

            if (!kinds.Add(kind.Value) && kind == '{')
            {
                HoconCursor.Fail("a comma or a new line is missing between two objects");
            }

            if (kinds.Count > 1 && (kinds.Contains('{') || (kinds.Contains('[') && kinds.Contains('"'))))
            {
                HoconCursor.Fail($"'{path}' joins an object or a list with something else");
            }

            _cursor.SkipSpace();
        }
    }

    /// <summary>Reads one of the pieces that make up a value; null if there is none here.</summary>
    private char? ReadPiece(string path)
    {
        switch (_cursor.Current)
        {
            case '{':
                ReadObject(path);
                return '{';
            case '[':
                ReadList(path);
                return '[';
            case '$':
                ReadReference(path);
                return '$';
            case '"':
                ReadQuotedText();
                return '"';
        }

        return _cursor.ReadText().Length == 0 ? null : '"';
    }

    private void ReadQuotedText()
    {
        if (_cursor.StartsWith("\"\"\""))
        {
            _cursor.SkipTripleQuoted();
        }
        else
        {
            _cursor.ReadQuoted();
        }
    }

    private void ReadList(string path)
    {
        var start = _cursor.Line;
        Enter();
        var index = 0;
        for (_cursor.SkipBlank(); !_cursor.IsAtEnd && _cursor.Current != ']'; _cursor.SkipBlank())
        {
            var element = $"{path}[{index++}]";
            _lines[element] = _cursor.Line;
            ReadValue(element);
            EndEntry(']');
        }

        if (_cursor.IsAtEnd)
        {
            HoconCursor.Fail($"the bracket opened in line {start} is never closed");
        }

        Leave();
    }

    private void ReadReference(string path)
    {
        _cursor.Advance();
        if (!_cursor.Take('{'))
        {
            HoconCursor.Fail("expected '{' after '$'");
        }

        var target = _cursor.ReadTo('}');
        if (target is null)
        {
            HoconCursor.Fail("a substitution is never closed");
        }

        if (target.Length == 0 || !target.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            HoconCursor.Fail($"'${{{target}}}' is no substitution that is supported");
        }

        _references.Add(path, target, _cursor.Line);
    }

    private void EndEntry(char end)
    {
        _cursor.SkipSpace();
        if (_cursor.Take(',') || _cursor.IsAtEnd || _cursor.IsAtComment || _cursor.Current == end || _cursor.Current is '\n' or '\r')
        {
            return;
        }

        HoconCursor.Fail(_cursor.Current is '=' or ':'
            ? $"unexpected '{_cursor.Current}': a value with this character needs quotation marks"
            : $"unexpected '{_cursor.Current}'");
    }

    private void Enter()
    {
        _cursor.Advance();
        if (++_depth > MaxDepth)
        {
            HoconCursor.Fail($"nested deeper than {MaxDepth} levels");
        }
    }

    private void Leave()
    {
        _cursor.Advance();
        _depth--;
    }
}
