using System.Buffers;

namespace AkkaPerf.Http.Compression;

/// <summary>What an encoder has made of a body so far, in a borrowed buffer that grows; whoever sends it empties it.</summary>
internal sealed class EncodedOutput : Stream
{
    // Most bodies fit once they are compressed.
    private const int FirstBuffer = 8 * 1024;

    private byte[] _buffer = [];
    private int _count;

    /// <summary>What is there; valid until more is written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _count);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Room for more, at least so many bytes.</summary>
    public Span<byte> Room(int least)
    {
        if (_buffer.Length - _count < least)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(FirstBuffer, 2 * _buffer.Length), _count + least));
            Written.Span.CopyTo(larger);
            Return();
            _buffer = larger;
        }

        return _buffer.AsSpan(_count);
    }

    /// <summary>Takes in what was written into the room.</summary>
    public void Advance(int count) => _count += count;

    /// <summary>Forgets what is there: it has been sent.</summary>
    public void Clear() => _count = 0;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        buffer.CopyTo(Room(buffer.Length));
        Advance(buffer.Length);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Return();
        (_buffer, _count) = ([], 0);
        base.Dispose(disposing);
    }

    private void Return()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }
}
