using AkkaPerf.Http.Client;

namespace AkkaPerf.Http.Caching;

/// <summary>A body that is on its way into the store, as a caller reads it.</summary>
internal sealed class FilledBody : ReadOnlyBody
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
