using System.Diagnostics.CodeAnalysis;

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
    private const string NotInText = "$\"{}[]:=,#`^?!@*&\\";

    private readonly string _text;
    private readonly Dictionary<string, int> _lines = [];
    private readonly List<(string Path, string Target, int Line)> _references = [];
    private int _at;
    private int _line = 1;
    private int _depth;

    private HoconSyntax(string text) => _text = text;

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private bool IsAtEnd => _at >= _text.Length;

    private bool IsAtComment => Current == '#' || StartsWith("//");

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
            syntax.RefuseCircles();
            return null;
        }
        catch (FormatException fault)
        {
            return (fault.Message, syntax._line);
        }
    }

    private void ReadRoot()
    {
        SkipBlank();
        if (Current == '{')
        {
            ReadObject("");
            SkipBlank();
            if (!IsAtEnd)
            {
                Fail($"unexpected '{Current}' after the end of the root object");
            }
        }
        else
        {
            ReadEntries("", end: null);
        }
    }

    private void ReadObject(string path)
    {
        var start = _line;
        Enter();
        ReadEntries(path, '}');
        if (IsAtEnd)
        {
            Fail($"the brace opened in line {start} is never closed");
        }

        Leave();
    }

    private void ReadEntries(string path, char? end)
    {
        for (SkipBlank(); !IsAtEnd && Current != end; SkipBlank())
        {
            ReadEntry(path);
        }
    }

    private void ReadEntry(string path)
    {
        var line = _line;
        do
        {
            path = ConfigurationOrigin.Join(path, ReadKey());
            // An outer key keeps the line where it was first seen; the last of several equal ones is the one that counts.
            _lines[path] = line;
        }
        while (Take('.'));

        SkipSpace();
        if (Take('=') || Take(':'))
        {
            SkipBlank();
            ReadValue(path);
            EndEntry('}');
            return;
        }

        SkipBlank();
        if (Current != '{')
        {
            Fail(StartsWith("+=") ? "'+=' is not supported" : $"expected '=' or '{{' after the key '{path}'");
        }

        ReadObject(path);
        SkipBlank();
        if (Current == ',')
        {
            Fail("a comma may not follow the closing brace of 'key { }'");
        }
    }

    private string ReadKey()
    {
        if (Current == '"')
        {
            return ReadQuoted();
        }

        var start = _at;
        while (!IsAtEnd && !char.IsWhiteSpace(Current) && Current is not '.' and not '+' && !NotInText.Contains(Current) && !IsAtComment)
        {
            _at++;
        }

        if (_at == start)
        {
            Fail(Current == '\0' ? "expected a key at the end" : $"expected a key instead of '{Current}'");
        }

        var key = _text[start.._at];
        if (key == "include" && _text.AsSpan(_at).TrimStart(" \t") is ['"', ..])
        {
            Fail("'include' is not supported: give both files as overlays");
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
                    Fail($"'{path}' has no value");
                }

                return;
            }

            if (!kinds.Add(kind.Value) && kind == '{')
            {
                Fail("a comma or a new line is missing between two objects");
            }

            if (kinds.Count > 1 && (kinds.Contains('{') || (kinds.Contains('[') && kinds.Contains('"'))))
            {
                Fail($"'{path}' joins an object or a list with something else");
            }

            SkipSpace();
        }
    }

    /// <summary>Reads one of the pieces that make up a value; null if there is none here.</summary>
    private char? ReadPiece(string path)
    {
        switch (Current)
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
                _ = StartsWith("\"\"\"") ? ReadTripleQuoted() : ReadQuoted();
                return '"';
        }

        var start = _at;
        while (!IsAtEnd && Current is not '\n' and not '\r' && !NotInText.Contains(Current) && !IsAtComment)
        {
            _at++;
        }

        return _at == start ? null : '"';
    }

    private void ReadList(string path)
    {
        var start = _line;
        Enter();
        var index = 0;
        for (SkipBlank(); !IsAtEnd && Current != ']'; SkipBlank())
        {
            var element = $"{path}[{index++}]";
            _lines[element] = _line;
            ReadValue(element);
            EndEntry(']');
        }

        if (IsAtEnd)
        {
            Fail($"the bracket opened in line {start} is never closed");
        }

        Leave();
    }

    private void ReadReference(string path)
    {
        _at++;
        if (!Take('{'))
        {
            Fail("expected '{' after '$'");
        }

        var end = _text.AsSpan(_at).IndexOfAny('}', '\n');
        if (end < 0 || _text[_at + end] != '}')
        {
            Fail("a substitution is never closed");
        }

        var target = _text.Substring(_at, end);
        if (target.Length == 0 || !target.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            Fail($"'${{{target}}}' is no substitution that is supported");
        }

        _references.Add((path, target, _line));
        _at += end + 1;
    }

    private string ReadQuoted()
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

        return _text[start..Math.Min(_at++, _text.Length)];
    }

    private string ReadTripleQuoted()
    {
        var end = _text.IndexOf("\"\"\"", _at + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            Fail("a triple quotation mark is never closed");
        }

        _line += _text.AsSpan(_at, end - _at).Count('\n');
        var content = _text[(_at + 3)..end];
        _at = end + 3;
        return content;
    }

    private void EndEntry(char end)
    {
        SkipSpace();
        if (Take(',') || IsAtEnd || IsAtComment || Current == end || Current is '\n' or '\r')
        {
            return;
        }

        Fail(Current is '=' or ':'
            ? $"unexpected '{Current}': a value with this character needs quotation marks"
            : $"unexpected '{Current}'");
    }

    private void Enter()
    {
        _at++;
        if (++_depth > MaxDepth)
        {
            Fail($"nested deeper than {MaxDepth} levels");
        }
    }

    private void Leave()
    {
        _at++;
        _depth--;
    }

    private void SkipSpace()
    {
        while (Current is ' ' or '\t')
        {
            _at++;
        }
    }

    private void SkipBlank()
    {
        while (!IsAtEnd && (char.IsWhiteSpace(Current) || IsAtComment))
        {
            if (IsAtComment)
            {
                var rest = _text.AsSpan(_at).IndexOf('\n');
                _at = rest < 0 ? _text.Length : _at + rest;
                continue;
            }

            _line += Current == '\n' ? 1 : 0;
            _at++;
        }
    }

    private bool Take(char expected)
    {
        if (IsAtEnd || Current != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    private bool StartsWith(string expected) => string.CompareOrdinal(_text, _at, expected, 0, expected.Length) == 0;

    /// <summary>Refuses what could lead back to itself; an edge too many costs a legal oddity, one too few the process.</summary>
    private void RefuseCircles()
    {
        var isDone = new bool[_references.Count];
        for (var i = 0; i < _references.Count; i++)
        {
            Follow(i, isDone, []);
        }
    }

    private void Follow(int index, bool[] isDone, HashSet<int> open)
    {
        if (isDone[index])
        {
            return;
        }

        var (path, target, line) = _references[index];
        if (!open.Add(index) || Overlap(path, target) || open.Count > MaxDepth)
        {
            _line = line;
            Fail($"the substitution ${{{target}}} leads back to itself");
        }

        for (var next = 0; next < _references.Count; next++)
        {
            if (Overlap(target, _references[next].Path))
            {
                Follow(next, isDone, open);
            }
        }

        open.Remove(index);
        isDone[index] = true;
    }

    private static bool Overlap(string one, string other)
    {
        var (inner, outer) = one.Length > other.Length ? (one, other) : (other, one);
        return inner.StartsWith(outer, StringComparison.Ordinal) && (inner.Length == outer.Length || inner[outer.Length] is '.' or '[');
    }

    [DoesNotReturn]
    private static void Fail(string problem) => throw new FormatException(problem);
}
