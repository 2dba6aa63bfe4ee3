namespace AkkaPerf.Http.Client;

/// <summary>Where a caller's content is written to: the backend, for as long as the caller is there.</summary>
internal sealed class ClientBodyTarget : Stream
{
    private readonly ClientBody _body;
    private readonly Stream _backend;

    public ClientBodyTarget(ClientBody body, Stream backend)
    {
        _body = body;
        _backend = backend;
    }

    /// <summary>Whether it was the backend's side that failed.</summary>
    public bool HasFailed { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            Check();
            await _backend.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            HasFailed = true;
            throw;
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            Check();
            _backend.Write(buffer);
        }
        catch (Exception)
        {
            HasFailed = true;
            throw;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _backend.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            HasFailed = true;
            throw;
        }
    }

    public override void Flush()
    {
        // What is written synchronously goes out with what follows, or at the end.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Check()
    {
        if (_body.IsClosed)
        {
            throw new OperationCanceledException("The caller has left.");
        }
    }
}
