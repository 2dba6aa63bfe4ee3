using System.Buffers;
using System.Text;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>Writes the head of a request. Whatever could end a line, or is no byte, makes it faulty: it is then not to be sent.</summary>
internal ref struct HeadWriter : IFieldTarget
{
    private const int FirstBuffer = 2048;

    private static readonly SearchValues<char> Breaks = SearchValues.Create("\r\n\0");

    private byte[] _buffer;
    private int _length;

    public HeadWriter() => _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);

    /// <summary>Whether something could not be written.</summary>
    public bool IsFaulty { get; private set; }

    /// <summary>Writes what is known to be sound.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Writes a target: visible ASCII alone.</summary>
    public void WriteTarget(string target)
    {
        // What the address of a message would take for a fragment is left to it.
        if (target.AsSpan().ContainsAnyExceptInRange('!', '~') || target.Contains('#', StringComparison.Ordinal))
        {
            IsFaulty = true;
            return;
        }

        WriteText(target);
    }

    /// <summary>Writes a field; several lines of it become one.</summary>
    public void WriteField(string name, StringValues values)
    {
        if (!HeaderName.IsToken(name))
        {
            IsFaulty = true;
            return;
        }

        WriteText(name);
        Write(": "u8);
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
            {
                Write(SeparatorOf(name));
            }

            var value = values[i].AsSpan();
            if (value.ContainsAny(Breaks) || value.ContainsAnyExceptInRange('\0', '\u00ff'))
            {
                IsFaulty = true;
                return;
            }

            WriteText(value);
        }

        Write("\r\n"u8);
    }

    void IFieldTarget.Add(string name, string value) => WriteField(name, value);

    /// <summary>What was written; its array is the taker's, to be given back to the pool.</summary>
    public readonly ArraySegment<byte> Take() => new(_buffer, 0, _length);

    /// <summary>Gives the array back.</summary>
    public readonly void Drop() => ArrayPool<byte>.Shared.Return(_buffer);

    // Those whose members are not told apart by commas.
    private static ReadOnlySpan<byte> SeparatorOf(string name) =>
        name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? "; "u8
        : name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase) ? " "u8
        : ", "u8;

    private void WriteText(ReadOnlySpan<char> text) => _length += Encoding.Latin1.GetBytes(text, Room(text.Length));

    private Span<byte> Room(int length)
    {
        if (_buffer.Length - _length < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + length));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
