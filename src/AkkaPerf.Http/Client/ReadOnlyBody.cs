namespace AkkaPerf.Http.Client;

/// <summary>A body that can only be read, from its beginning to its end.</summary>
internal abstract class ReadOnlyBody : Stream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => false;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // A stream's contract: whoever reads without await blocks his own thread, and nobody else's.
    public sealed override int Read(byte[] buffer, int offset, int count) =>
        TaskToAsyncResult.End<int>(TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback: null, state: null));

    public sealed override void Flush()
    {
        // Nothing is written.
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
