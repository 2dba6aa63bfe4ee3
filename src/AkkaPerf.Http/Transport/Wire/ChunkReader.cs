using System.Collections.Frozen;
using AkkaPerf.Http.Proxying;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>Reads a body in chunks (RFC 9112, section 7.1), with what follows the last one. Lines end in CR LF and in nothing else.</summary>
internal sealed class ChunkReader
{
    // Of a chunk's size with its extensions.
    private const int LongestSizeLine = 4096;

    // Of all trailers: as much as of a head.
    private const int LargestTrailers = 64 * 1024;

    // More than any backend sends; those of one name cost the square of it.
    private const int MostTrailers = 1000;

    // What would change how the body, or the response, is to be read (RFC 9110, section 6.5.1).
    private static readonly FrozenSet<string> NotBehind = new[]
    {
        "Age", "Authorization", "Cache-Control", "Content-Encoding", "Content-Length", "Content-Range", "Content-Type", "Cookie", "Date", "Expect",
        "Expires", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Location", "Max-Forwards", "Pragma",
        "Range", "Retry-After", "Set-Cookie", "Vary", "Warning", "WWW-Authenticate",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private State _state;
    private long _left;
    private int _trailerBytes;
    private int _trailerLines;
    private List<KeyValuePair<string, StringValues>>? _trailers;

    private enum State
    {
        Size,
        Data,
        DataEnd,
        Trailers,
        End,
    }

    public bool IsAtEnd => _state == State.End;

    public KeyValuePair<string, StringValues>[] Trailers => _trailers is null ? [] : [.. _trailers];

    /// <summary>Takes what it can of what has come; 0 if more is needed, or at the end.</summary>
    /// <exception cref="HttpIOException">It is not sound.</exception>
    public int Read(ReadOnlySpan<byte> bytes, Span<byte> into, out int used)
    {
        var all = bytes.Length;
        var count = 0;
        while (_state != State.End)
        {
            if (_state == State.Data)
            {
                var step = (int)Math.Min(Math.Min(bytes.Length, into.Length), _left);
                if (step == 0)
                {
                    break;
                }

                bytes[..step].CopyTo(into);
                bytes = bytes[step..];
                into = into[step..];
                count += step;
                _left -= step;
                if (_left == 0)
                {
                    _state = State.DataEnd;
                }
            }
            else if (!TryReadLine(ref bytes, out var line))
            {
                break;
            }
            else
            {
                ReadLine(line);
            }
        }

        used = all - bytes.Length;
        return count;
    }

    private bool TryReadLine(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> line)
    {
        var end = bytes.IndexOf((byte)'\n');
        var length = end < 0 ? bytes.Length : end + 1;
        if (_state == State.Trailers ? length > LargestTrailers - _trailerBytes : length > LongestSizeLine)
        {
            throw WireFailure.Invalid("a line of its chunks is too long");
        }

        line = default;
        if (end < 0)
        {
            if (_state == State.DataEnd && !"\r\n"u8.StartsWith(bytes))
            {
                throw WireFailure.Invalid("a chunk is longer than its size");
            }

            return false;
        }

        line = end > 0 ? bytes[..(end - 1)] : default;
        if (end == 0 || bytes[end - 1] != '\r' || line.Contains((byte)'\r'))
        {
            throw WireFailure.Invalid("a line of its chunks ends in another way than CR LF");
        }

        bytes = bytes[(end + 1)..];
        return true;
    }

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        switch (_state)
        {
            case State.Size:
                _left = SizeOf(line);
                _state = _left == 0 ? State.Trailers : State.Data;
                break;
            case State.DataEnd:
                _state = line.IsEmpty ? State.Size : throw WireFailure.Invalid("a chunk is longer than its size");
                break;
            default:
                ReadTrailer(line);
                break;
        }
    }

    private void ReadTrailer(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            _state = State.End;
            return;
        }

        _trailerBytes += line.Length + 2;
        if (++_trailerLines > MostTrailers || !HeadParser.TryParseTrailer(line, out var name, out var value))
        {
            throw WireFailure.Invalid("a trailer");
        }

        if (!NotBehind.Contains(name) && !HopByHop.Contains(name))
        {
            _trailers ??= [];
            _trailers.Add(new(name, value));
        }
    }

    private static long SizeOf(ReadOnlySpan<byte> line)
    {
        var size = 0L;
        var digits = 0;
        while (digits < line.Length && char.IsAsciiHexDigit((char)line[digits]))
        {
            // Sixteen digits would not fit.
            if (size >> 56 != 0)
            {
                throw WireFailure.Invalid("a chunk's size");
            }

            size = (size << 4) | DigitOf(line[digits]);
            digits++;
        }

        var rest = line[digits..].TrimStart(" \t"u8);
        return digits > 0 && (rest.IsEmpty || rest[0] == ';') ? size : throw WireFailure.Invalid("a chunk's size");
    }

    private static uint DigitOf(byte digit) => digit <= '9' ? (uint)digit - '0' : ((uint)digit | 0x20) - 'a' + 10;
}
