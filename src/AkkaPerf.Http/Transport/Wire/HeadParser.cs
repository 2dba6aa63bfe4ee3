using System.Buffers;
using System.Text;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.WebUtilities;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>Reads the head of a response (RFC 9112, sections 2 to 6).</summary>
/// <remarks>
/// What tells where a response ends is read in one way or not at all. What a proxy is to mend in other fields, by sections 5.1 and 5.2 and RFC 9110,
/// section 5.5, is mended: whitespace before a colon, folded lines, and bytes that could end one.
/// </remarks>
internal static class HeadParser
{
    private const byte Feed = (byte)'\n';
    private const byte Return = (byte)'\r';

    // More than any backend sends; the look for lines of the same name costs the square of it.
    private const int MostLines = 1000;

    private static readonly SearchValues<byte> Breaks = SearchValues.Create("\r\n\0"u8);

    /// <summary>Finds where a head ends.</summary>
    /// <param name="bytes">What has come.</param>
    /// <param name="seen">How much of it has been looked at; 0 at first, to be given again with more bytes.</param>
    /// <returns>Its length, with the empty line; -1 if that has not come.</returns>
    public static int FindEnd(ReadOnlySpan<byte> bytes, ref int seen)
    {
        while (true)
        {
            var rest = bytes[seen..];
            var end = rest.IndexOf(Feed);
            if (end < 0)
            {
                return -1;
            }

            seen += end + 1;
            if (end == 0 || (end == 1 && rest[0] == Return))
            {
                return seen;
            }
        }
    }

    /// <summary>Reads a whole head; false if it is none, or could be read in another way.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, FieldMemory memory, WireHead head)
    {
        if (!TryParseStatus(TakeLine(ref bytes), head))
        {
            return false;
        }

        for (var i = 0; ; i++)
        {
            var line = TakeLine(ref bytes);
            if (line.IsEmpty)
            {
                return TryConclude(head);
            }

            if (i == MostLines || !TryParseField(line, ref bytes, (memory, i), head))
            {
                return false;
            }
        }
    }

    /// <summary>Reads a trailer; false if it is none.</summary>
    public static bool TryParseTrailer(ReadOnlySpan<byte> line, out string name, out string value)
    {
        (name, value) = ("", "");
        var colon = line.IndexOf((byte)':');
        if (colon < 0 || FieldName.Of(line[..colon]) is not { } field)
        {
            return false;
        }

        name = field.Text;
        value = Mended(Trim(line[(colon + 1)..]));
        return true;
    }

    // Without its end. A lone LF ends one too (RFC 9112, section 2.2).
    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf(Feed);
        var line = bytes[..end];
        bytes = bytes[(end + 1)..];
        return !line.IsEmpty && line[^1] == Return ? line[..^1] : line;
    }

    private static bool TryParseStatus(ReadOnlySpan<byte> line, WireHead head)
    {
        if (line.Length < 12
            || !line.StartsWith("HTTP/1."u8)
            || !char.IsAsciiDigit((char)line[7])
            || line[8] != ' '
            || line.Slice(9, 3).ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || line[9] == '0'
            || (line.Length > 12 && line[12] != ' '))
        {
            return false;
        }

        head.IsHttp10 = line[7] == '0';
        head.StatusCode = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + line[11] - '0';
        var reason = line.Length > 13 ? line[13..] : default;
        if (reason.ContainsAny(Breaks))
        {
            return false;
        }

        if (!reason.IsEmpty && !Ascii.Equals(reason, ReasonPhrases.GetReasonPhrase(head.StatusCode)))
        {
            head.Reason = Encoding.Latin1.GetString(reason);
        }

        return true;
    }

    private static bool TryParseField(scoped ReadOnlySpan<byte> line, ref ReadOnlySpan<byte> rest, (FieldMemory Memory, int Place) known, WireHead head)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || IsSpace(line[0]))
        {
            return false;
        }

        var bare = line[..colon];
        while (IsSpace(bare[^1]))
        {
            bare = bare[..^1];
        }

        if (known.Memory.NameOf(known.Place, bare) is not { } name)
        {
            return false;
        }

        if (!rest.IsEmpty && IsSpace(rest[0]))
        {
            return name.Kind is FieldKind.Forwarded or FieldKind.OfHop && TryUnfold(line[(colon + 1)..], ref rest, name, head);
        }

        var value = Trim(line[(colon + 1)..]);
        switch (name.Kind)
        {
            case FieldKind.Length when !TryReadLength(value, head):
            case FieldKind.Coding when head.IsChunked || !Ascii.EqualsIgnoreCase(value, "chunked"u8):
                return false;
            case FieldKind.Coding:
                head.IsChunked = true;
                break;
        }

        head.Fields.Add(name, value.ContainsAny(Breaks) ? Mended(value) : known.Memory.ValueOf(known.Place, value));
        return true;
    }

    // RFC 9112, section 5.2: each fold becomes spaces.
    private static bool TryUnfold(scoped ReadOnlySpan<byte> first, ref ReadOnlySpan<byte> rest, FieldName name, WireHead head)
    {
        var text = new StringBuilder(Mended(first));
        while (!rest.IsEmpty && IsSpace(rest[0]))
        {
            text.Append("  ").Append(Mended(TakeLine(ref rest)));
        }

        head.Fields.Add(name, text.ToString().Trim(' ', '\t'));
        return true;
    }

    private static bool TryReadLength(ReadOnlySpan<byte> value, WireHead head)
    {
        // Beyond 18 digits nothing that is sent is.
        if (head.Length is not null || value.IsEmpty || value.Length > 18)
        {
            return false;
        }

        var length = 0L;
        foreach (var digit in value)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            length = (length * 10) + digit - '0';
        }

        head.Length = length;
        return true;
    }

    private static bool TryConclude(WireHead head)
    {
        if (head.IsChunked && head.Length is not null)
        {
            return false;
        }

        // What 204 must not say tells of a backend that may send a body all the same (RFC 9112, section 6.1 and RFC 9110, section 8.6).
        head.IsKeptAlive = !head.IsHttp10 && !(head.StatusCode == 204 && (head.IsChunked || head.Length > 0));
        var connection = head.Fields.ValuesOf("Connection");
        if (connection.Count > 0)
        {
            head.IsKeptAlive &= !HopByHop.HasToken(connection, "close");
            if (HopByHop.Nominated(connection) is { } nominated)
            {
                head.Fields.Withhold(nominated);
            }
        }

        return true;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value)
    {
        while (!value.IsEmpty && IsSpace(value[0]))
        {
            value = value[1..];
        }

        while (!value.IsEmpty && IsSpace(value[^1]))
        {
            value = value[..^1];
        }

        return value;
    }

    private static string Mended(ReadOnlySpan<byte> value) =>
        Encoding.Latin1.GetString(value).Replace('\r', ' ').Replace('\n', ' ').Replace('\0', ' ');

    private static bool IsSpace(byte one) => one is (byte)' ' or (byte)'\t';
}
