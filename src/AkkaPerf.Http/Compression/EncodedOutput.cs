using AkkaPerf.Http.Client;
using AkkaPerf.Http.Sending;

namespace AkkaPerf.Http.Compression;

/// <summary>What an encoder has made of a body so far; whoever sends it empties it.</summary>
internal sealed class EncodedOutput : WriteOnlyBody
{
    // Most bodies fit once they are compressed.
    private readonly GrowingBuffer _buffer = new(first: 8 * 1024);

    /// <summary>What is there; valid until more is written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.Written;

    /// <summary>Room for more, at least so many bytes.</summary>
    public Span<byte> Room(int least) => _buffer.Room(least).Span;

    /// <summary>Takes in what was written into the room.</summary>
    public void Advance(int count) => _buffer.Advance(count);

    /// <summary>Forgets what is there: it has been sent.</summary>
    public void Clear() => _buffer.Clear();

    public override void Write(ReadOnlySpan<byte> buffer) => _buffer.Append(buffer);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return default;
    }

    public override void Flush()
    {
        // It is in memory already.
    }

    protected override void Dispose(bool disposing)
    {
        _buffer.Return();
        base.Dispose(disposing);
    }
}
