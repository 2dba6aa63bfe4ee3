using System.Buffers;
using System.Text;
using AkkaPerf.Http.Transport.Wire;

namespace AkkaPerf.Http.Express;

/// <summary>Reads the head of a request that can be read in one way only, and has no body.</summary>
/// <remarks>
/// Rule: GET or HEAD of an absolute path in plain characters, HTTP/1.1, one Host, fields of visible ASCII, nothing that concerns framing or the
/// connection. Whatever is not clearly that, or exceeds a limit, is not read here but by the server, which knows how to refuse it.
/// </remarks>
internal static class ExpressHead
{
    private static readonly SearchValues<byte> PathBytes =
        SearchValues.Create("!$&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"u8);

    private static readonly SearchValues<byte> QueryBytes =
        SearchValues.Create("!$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~"u8);

    private static readonly SearchValues<byte> HostBytes =
        SearchValues.Create("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> ValueBytes = SearchValues.Create(
        "\t !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private static ReadOnlySpan<byte> Version => " HTTP/1.1"u8;

    /// <summary>Where the head ends that stands at the beginning of what has come; -1 if that is not to be seen.</summary>
    public static int FindEnd(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        return end < 0 ? -1 : end + 4;
    }

    /// <summary>Whether it begins as one of those that are read here.</summary>
    public static bool IsCandidate(ReadOnlySpan<byte> bytes) => bytes.StartsWith("GET /"u8) || bytes.StartsWith("HEAD /"u8);

    /// <summary>Reads a whole head into a request.</summary>
    public static HeadVerdict Read(ReadOnlySpan<byte> head, ExpressLimits limits, FieldMemory memory, ExpressRequest request)
    {
        var line = head[..head.IndexOf("\r\n"u8)];
        var rest = head[(line.Length + 2)..^2];
        if (line.Length + 2 > limits.Line || rest.Length > limits.Fields || !line.EndsWith(Version))
        {
            return HeadVerdict.Other;
        }

        var hasHost = false;
        for (var i = 0; !rest.IsEmpty; i++)
        {
            var end = rest.IndexOf("\r\n"u8);
            var field = rest[..end];
            rest = rest[(end + 2)..];
            var colon = field.IndexOf((byte)':');
            if (i == limits.Count || colon <= 0 || memory.NameOf(i, field[..colon]) is not { } name)
            {
                return HeadVerdict.Other;
            }

            var value = field[(colon + 1)..].Trim(" \t"u8);
            if (value.ContainsAnyExcept(ValueBytes) || !IsPlain(name, value, request, ref hasHost))
            {
                return HeadVerdict.Other;
            }

            // The connection's own field is spelled as the server spells it.
            request.Fields.AddLine(name.Text, name.Kind == FieldKind.Connection ? request.IsLast ? "close" : "keep-alive" : memory.ValueOf(i, value));
        }

        // What another reader could take for the end of the line, or of the target, says nothing of where the head ends.
        return !hasHost || TargetOf(line).ContainsAnyExceptInRange((byte)'!', (byte)'~') ? HeadVerdict.Other
            : TryReadLine(line, request) ? HeadVerdict.Plain
            : HeadVerdict.WithoutBody;
    }

    private static bool TryReadLine(ReadOnlySpan<byte> line, ExpressRequest request)
    {
        var target = TargetOf(line);
        var mark = target.IndexOf((byte)'?');
        var path = mark < 0 ? target : target[..mark];
        if (path.ContainsAnyExcept(PathBytes) || path.IndexOf("/."u8) >= 0 || (mark >= 0 && target[mark..].ContainsAnyExcept(QueryBytes)))
        {
            return false;
        }

        request.Begin(line[0] == 'H', target, path.Length);
        return true;
    }

    private static ReadOnlySpan<byte> TargetOf(ReadOnlySpan<byte> line) => line[(line[0] == 'H' ? 5 : 4)..^Version.Length];

    // What concerns framing, the connection, or what only the server can do.
    private static bool IsPlain(FieldName name, ReadOnlySpan<byte> value, ExpressRequest request, ref bool hasHost)
    {
        switch (name.Kind)
        {
            case FieldKind.Forwarded when Is(name, "Host"):
                if (hasHost || !IsPlainHost(value))
                {
                    return false;
                }

                hasHost = true;
                return true;
            case FieldKind.Forwarded:
                return !Is(name, "Expect");
            case FieldKind.Connection when Ascii.EqualsIgnoreCase(value, "close"u8):
                request.IsLast = true;
                return true;
            case FieldKind.Connection:
                return Ascii.EqualsIgnoreCase(value, "keep-alive"u8);
            default:
                return false;
        }
    }

    private static bool Is(FieldName name, string other) => name.Text.Length == other.Length && name.Text.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static bool IsPlainHost(ReadOnlySpan<byte> value)
    {
        var colon = value.IndexOf((byte)':');
        var host = colon < 0 ? value : value[..colon];
        return !host.IsEmpty && !host.ContainsAnyExcept(HostBytes) && (colon < 0 || IsPort(value[(colon + 1)..]));
    }

    private static bool IsPort(ReadOnlySpan<byte> port) => port.Length is > 0 and <= 5 && !port.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
