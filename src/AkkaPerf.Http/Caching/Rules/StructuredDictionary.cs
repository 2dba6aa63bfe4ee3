using System.Globalization;
using System.Text;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>Reads a dictionary of structured fields (RFC 9651, section 4.2.2), strictly: one fault, and all of it is none.</summary>
internal static class StructuredDictionary
{
    /// <summary>Reads the members: booleans, integers as <see cref="long"/>, decimals, strings, tokens, inner lists as <see cref="List{T}"/> of these; of byte sequences only that they are there.</summary>
    public static bool TryParse(string text, out OrderedDictionary<string, object> members)
    {
        members = [];
        var cursor = new Cursor(text);
        cursor.SkipSpaces();
        while (!cursor.IsAtEnd)
        {
            if (!cursor.TryKey(out var key))
            {
                return false;
            }

            object value = true;
            if (cursor.TryTake('=') && !cursor.TryItemOrList(out value))
            {
                return false;
            }

            if (!cursor.TryParameters())
            {
                return false;
            }

            // The last one counts, and stands where it came.
            members.Remove(key);
            members.Add(key, value);
            cursor.SkipWhiteSpace();
            if (cursor.IsAtEnd)
            {
                return true;
            }

            if (!cursor.TryTake(','))
            {
                return false;
            }

            cursor.SkipWhiteSpace();
            if (cursor.IsAtEnd)
            {
                // A comma leads on to something.
                return false;
            }
        }

        return true;
    }

    private ref struct Cursor(string text)
    {
        private int _at;

        public readonly bool IsAtEnd => _at >= text.Length;

        private readonly char Current => _at < text.Length ? text[_at] : '\0';

        public bool TryTake(char c)
        {
            if (IsAtEnd || text[_at] != c)
            {
                return false;
            }

            _at++;
            return true;
        }

        public void SkipSpaces()
        {
            while (Current == ' ')
            {
                _at++;
            }
        }

        public void SkipWhiteSpace()
        {
            while (Current is ' ' or '\t')
            {
                _at++;
            }
        }

        public bool TryKey(out string key)
        {
            key = "";
            if (!(char.IsAsciiLetterLower(Current) || Current == '*'))
            {
                return false;
            }

            var start = _at;
            while (char.IsAsciiLetterLower(Current) || char.IsAsciiDigit(Current) || Current is '_' or '-' or '.' or '*')
            {
                _at++;
            }

            key = text[start.._at];
            return true;
        }

        public bool TryItemOrList(out object value)
        {
            if (!TryTake('('))
            {
                return TryItem(out value);
            }

            var members = new List<object>();
            value = members;
            while (true)
            {
                SkipSpaces();
                if (TryTake(')'))
                {
                    return true;
                }

                if (!TryItem(out var member) || !TryParameters() || Current is not (' ' or ')'))
                {
                    return false;
                }

                members.Add(member);
            }
        }

        public bool TryParameters()
        {
            while (TryTake(';'))
            {
                SkipSpaces();
                if (!TryKey(out _) || (TryTake('=') && !TryItem(out _)))
                {
                    return false;
                }
            }

            return true;
        }

        private bool TryItem(out object value)
        {
            value = "";
            return Current switch
            {
                '"' => TryString(out value),
                '?' => TryBoolean(out value),
                ':' => TryBytes(),
                '@' => TryDate(out value),
                '%' => TryDisplayString(),
                '-' or (>= '0' and <= '9') => TryNumber(out value),
                '*' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') => TakeToken(out value),
                _ => false,
            };
        }

        private bool TryString(out object value)
        {
            value = "";
            var found = new StringBuilder();
            _at++;
            while (!IsAtEnd)
            {
                var c = text[_at++];
                switch (c)
                {
                    case '"':
                        value = found.ToString();
                        return true;
                    case '\\' when Current is '"' or '\\':
                        found.Append(text[_at++]);
                        break;
                    case < ' ' or > '~' or '\\':
                        return false;
                    default:
                        found.Append(c);
                        break;
                }
            }

            return false;
        }

        private bool TryBoolean(out object value)
        {
            _at++;
            value = Current == '1';
            if (Current is not ('0' or '1'))
            {
                return false;
            }

            _at++;
            return true;
        }

        private bool TryBytes()
        {
            var end = text.IndexOf(':', _at + 1);
            if (end < 0 || text.AsSpan(_at + 1, end - _at - 1).ContainsAnyExcept(Base64))
            {
                return false;
            }

            _at = end + 1;
            return true;
        }

        private bool TryDate(out object value)
        {
            _at++;
            return TryNumber(out value) && value is long;
        }

        private bool TryDisplayString()
        {
            _at++;
            return Current == '"' && TryString(out _);
        }

        // At most fifteen digits, or twelve before and three behind the point.
        private bool TryNumber(out object value)
        {
            value = 0L;
            var start = _at;
            TryTake('-');
            var digits = TakeDigits();
            if (digits == 0)
            {
                return false;
            }

            if (!TryTake('.'))
            {
                value = digits <= 15 ? long.Parse(text.AsSpan(start, _at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0L;
                return digits <= 15;
            }

            var behind = TakeDigits();
            value = double.NaN;
            return digits <= 12 && behind is >= 1 and <= 3;
        }

        private int TakeDigits()
        {
            var start = _at;
            while (char.IsAsciiDigit(Current))
            {
                _at++;
            }

            return _at - start;
        }

        private bool TakeToken(out object value)
        {
            var start = _at;
            while (!IsAtEnd && (Routing.HeaderName.IsToken(text.AsSpan(_at, 1)) || Current is ':' or '/'))
            {
                _at++;
            }

            // Told apart from a string by its type: a token says nothing where a string of fields is meant.
            value = new Token(text[start.._at]);
            return true;
        }
    }

    private static readonly System.Buffers.SearchValues<char> Base64 =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    private sealed record Token(string Text);
}
