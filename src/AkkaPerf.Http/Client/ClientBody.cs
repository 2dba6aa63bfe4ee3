using System.Net;
using System.Net.Http.Json;

namespace AkkaPerf.Http.Client;

/// <summary>A caller's content on its way to backends: streamed, sent again only if it can be, and not touched once its caller has left.</summary>
internal sealed class ClientBody : HttpContent
{
    private readonly HttpContent _content;
    private volatile bool _isRead;
    private volatile bool _isClosed;
    private volatile Exception? _failure;

    public ClientBody(HttpContent content)
    {
        _content = content;
        IsReplayable = CanReplay(content);

        foreach (var (name, values) in content.Headers.NonValidated)
        {
            if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        // Asked for it, a content computes it.
        Headers.ContentLength = content.Headers.ContentLength;
    }

    /// <summary>Whether it gives the same each time.</summary>
    public bool IsReplayable { get; }

    /// <summary>Whether it has been touched.</summary>
    public bool IsRead => _isRead;

    /// <summary>Whether nothing of it may be sent any more.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>What went wrong on the caller's side.</summary>
    public Exception? Failure => _failure;

    /// <summary>Ends what is still sent of it, without waiting for it.</summary>
    public void Close() => _isClosed = true;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _isRead = true;
        var target = new ClientBodyTarget(this, stream);
        try
        {
            await _content.CopyToAsync(target, context, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!target.HasFailed && !_isClosed && !cancellationToken.IsCancellationRequested)
        {
            _failure = exception;
            throw;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        // One that knows its length has it among its headers, which the transport asks first.
        length = 0;
        return false;
    }

    // By their exact types: what derives from them may do otherwise.
    private static bool CanReplay(HttpContent content) => content is MultipartContent parts
        ? parts.GetType() is var type && (type == typeof(MultipartContent) || type == typeof(MultipartFormDataContent)) && parts.All(CanReplay)
        : content.GetType() is var exact
            && (exact == typeof(ByteArrayContent) || exact == typeof(StringContent) || exact == typeof(FormUrlEncodedContent)
                || exact == typeof(ReadOnlyMemoryContent) || exact == typeof(JsonContent));
}
