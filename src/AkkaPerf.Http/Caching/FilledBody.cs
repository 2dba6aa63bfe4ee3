namespace AkkaPerf.Http.Caching;

/// <summary>A body that is on its way into the store, as a caller reads it.</summary>
internal sealed class FilledBody : Stream
{
    private readonly FilledResponse _response;
    private readonly Fill _fill;
    private readonly FillReader _reader;
    private readonly HttpResponseMessage _message;
    private ReadOnlyMemory<byte> _rest;
    private bool _isOver;

    public FilledBody(FilledResponse response, Fill fill, FillReader reader, HttpResponseMessage message)
    {
        _response = response;
        _fill = fill;
        _reader = reader;
        _message = message;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _isOver)
        {
            return 0;
        }

        if (_rest.IsEmpty)
        {
            _rest = await _reader.NextAsync(cancellationToken).ConfigureAwait(false);
            if (_rest.IsEmpty)
            {
                End();
                return 0;
            }
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..count].CopyTo(buffer.Span);
        _rest = _rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // A stream's contract: whoever reads without await blocks his own thread, and nobody else's.
    public override int Read(byte[] buffer, int offset, int count) =>
        TaskToAsyncResult.End<int>(TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback: null, state: null));

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isOver = true;
            _response.Dispose();
        }

        base.Dispose(disposing);
    }

    private void End()
    {
        _isOver = true;
        foreach (var (name, values) in _fill.Body.Trailers)
        {
            _message.TrailingHeaders.TryAddWithoutValidation(name, (string?)values);
        }

        _response.Dispose();
    }
}
