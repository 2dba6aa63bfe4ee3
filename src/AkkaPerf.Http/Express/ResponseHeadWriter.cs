using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace AkkaPerf.Http.Express;

/// <summary>Writes the head of a response as HTTP/1.1.</summary>
internal static class ResponseHeadWriter
{
    // Status line, length or coding, Date, Connection and the end.
    private const int Frame = 200;

    // Control characters but for the tab (RFC 9110, section 5.5).
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 32).Where(static one => one != '\t').Select(static one => (char)one), '\x7f']);

    /// <summary>Writes it.</summary>
    /// <param name="response">The response.</param>
    /// <param name="isChunked">Whether the body comes in chunks.</param>
    /// <param name="isNamed">Whether the server says its name.</param>
    /// <param name="output">Where it goes.</param>
    /// <returns>Its length in bytes.</returns>
    /// <exception cref="InvalidOperationException">A field cannot be written; nothing is then.</exception>
    public static int Write(ExpressResponse response, bool isChunked, bool isNamed, PipeWriter output)
    {
        var fields = response.Fields;
        if (response.Reason is { } phrase && !IsSound(phrase))
        {
            throw new InvalidOperationException("The reason phrase has a character that none can have.");
        }

        var room = Frame + (response.Reason?.Length ?? 0);
        foreach (ref readonly var field in fields.All)
        {
            for (var i = 0; i < field.Values.Count; i++)
            {
                var value = field.Values[i].AsSpan();
                if (!IsSound(value))
                {
                    throw new InvalidOperationException($"The value of the field {field.Name} has a character that no field can have.");
                }

                room += field.Name.Length + value.Length + 4;
            }

            if (!HeaderName.IsToken(field.Name))
            {
                throw new InvalidOperationException($"\"{field.Name}\" is no name of a field.");
            }
        }

        var span = output.GetSpan(room);
        var length = Write(span, "HTTP/1.1 "u8);
        Utf8Formatter.TryFormat(response.StatusCode, span[length..], out var digits);
        length += digits;
        span[length++] = (byte)' ';
        length += Encoding.Latin1.GetBytes(response.Reason ?? ReasonPhrases.GetReasonPhrase(response.StatusCode), span[length..]);
        length += Write(span[length..], "\r\n"u8);
        var hasDate = false;
        var hasServer = !isNamed;
        foreach (ref readonly var field in fields.All)
        {
            hasServer |= field.Name.Length == 6 && field.Name.Equals("Server", StringComparison.OrdinalIgnoreCase);
            hasDate |= field.Name.Length == 4 && field.Name.Equals("Date", StringComparison.OrdinalIgnoreCase);
            for (var i = 0; i < field.Values.Count; i++)
            {
                length += Encoding.ASCII.GetBytes(field.Name, span[length..]);
                length += Write(span[length..], ": "u8);
                length += Encoding.Latin1.GetBytes(field.Values[i].AsSpan(), span[length..]);
                length += Write(span[length..], "\r\n"u8);
            }
        }

        if (fields.ContentLength is { } bytes)
        {
            length += Write(span[length..], "Content-Length: "u8);
            Utf8Formatter.TryFormat(bytes, span[length..], out digits);
            length += digits;
            length += Write(span[length..], "\r\n"u8);
        }
        else if (isChunked)
        {
            length += Write(span[length..], "Transfer-Encoding: chunked\r\n"u8);
        }

        if (!hasServer)
        {
            length += Write(span[length..], "Server: Kestrel\r\n"u8);
        }

        if (!hasDate)
        {
            length += Write(span[length..], DateLine.Now());
        }

        length += Write(span[length..], "\r\n"u8);
        output.Advance(length);
        return length;
    }

    private static bool IsSound(ReadOnlySpan<char> text) => !text.ContainsAny(Controls) && !text.ContainsAnyExceptInRange('\0', '\u00ff');

    private static int Write(Span<byte> span, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(span);
        return bytes.Length;
    }
}
