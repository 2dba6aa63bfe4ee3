namespace AkkaPerf.Http.Client;

/// <summary>Where a caller's content is written to: the backend, for as long as the caller is there.</summary>
internal sealed class ClientBodyTarget : WriteOnlyBody
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

    private void Check()
    {
        if (_body.IsClosed)
        {
            throw new OperationCanceledException("The caller has left.");
        }
    }
}
