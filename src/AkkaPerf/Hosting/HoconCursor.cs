using System.Diagnostics.CodeAnalysis;

namespace AkkaPerf.Hosting;

/// <summary>A place in HOCON text, and the words that start there.</summary>
internal sealed class HoconCursor(string text)
{
    private const string NotInText = "$\"{}[]:=,#`^?!@*&\\";

    private int _at;

    /// <summary>Counted from one.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>The character here; zero at the end.</summary>
    public char Current => _at < text.Length ? text[_at] : '\0';

    public bool IsAtEnd => _at >= text.Length;

    public bool IsAtComment => Current == '#' || StartsWith("//");

    [DoesNotReturn]
    public static void Fail(string problem) => throw new FormatException(problem);

    public bool StartsWith(string expected) => string.CompareOrdinal(text, _at, expected, 0, expected.Length) == 0;

    /// <summary>Goes on by one character, which must not end a line.</summary>
    public void Advance() => _at++;

    public bool Take(char expected)
    {
        if (IsAtEnd || Current != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    public void SkipSpace()
    {
        while (Current is ' ' or '\t')
        {
            _at++;
        }
    }

    /// <summary>Skips spaces, line ends and comments.</summary>
    public void SkipBlank()
    {
        while (!IsAtEnd && (char.IsWhiteSpace(Current) || IsAtComment))
        {
            if (IsAtComment)
            {
                var rest = text.AsSpan(_at).IndexOf('\n');
                _at = rest < 0 ? text.Length : _at + rest;
                continue;
            }

            Line += Current == '\n' ? 1 : 0;
            _at++;
        }
    }

    /// <summary>Reads one part of a key; empty if none starts here.</summary>
    public string ReadKey() => ReadWhile(c => !char.IsWhiteSpace(c) && c is not '.' and not '+');

    /// <summary>Reads text without quotation marks to the end of the line; empty if none starts here.</summary>
    public string ReadText() => ReadWhile(c => c is not '\n' and not '\r');

    /// <summary>Reads what stands between quotation marks, escapes as they are.</summary>
    public string ReadQuoted()
    {
        var start = ++_at;
        while (Current is not '"')
        {
            if (IsAtEnd || Current == '\n')
            {
                Fail("a quotation mark is never closed");
            }

            _at += Current == '\\' ? 2 : 1;
        }

        return text[start.._at++];
    }

    public void SkipTripleQuoted()
    {
        var end = text.IndexOf("\"\"\"", _at + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            Fail("a triple quotation mark is never closed");
        }

        Line += text.AsSpan(_at, end - _at).Count('\n');
        _at = end + 3;
    }

    /// <summary>Reads up to a character in the same line, and goes past it; null if it does not come.</summary>
    public string? ReadTo(char end)
    {
        var length = text.AsSpan(_at).IndexOfAny(end, '\n');
        if (length < 0 || text[_at + length] != end)
        {
            return null;
        }

        var word = text.Substring(_at, length);
        _at += length + 1;
        return word;
    }

    private string ReadWhile(Func<char, bool> belongs)
    {
        var start = _at;
        while (!IsAtEnd && belongs(Current) && !NotInText.Contains(Current) && !IsAtComment)
        {
            _at++;
        }

        return text[start.._at];
    }
}
