using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Sending;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Express;

/// <summary>The body of a response: what is written goes out behind the head, as long as the head says, or in chunks.</summary>
internal sealed class ExpressBody : PipeWriter
{
    // In seconds; a timer cannot wait longer than 49 days.
    private const double LongestWait = 30 * 24 * 3600;

    private readonly ExpressResponse _response;
    private readonly ExpressContext _context;
    private readonly PipeWriter _output;

    // What was written into memory of ours and is not sent yet.
    private readonly GrowingBuffer _staged = new(first: 4 * 1024);
    private long _written;
    private long _unflushed;
    private bool _isChunked;

    // As the head says; null for none.
    private long? _length;
    private bool _isOver;
    private bool _hasSent;

    public ExpressBody(ExpressResponse response, ExpressContext context, PipeWriter output)
    {
        _response = response;
        _context = context;
        _output = output;
    }

    /// <summary>Whether the head has been sent.</summary>
    public bool HasStarted { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _staged.Count;

    // 1xx is none of the application's; the others end with their head (RFC 9112, section 6.3).
    private bool HasNoBody => _response.StatusCode is < 200 or StatusCodes.Status204NoContent or StatusCodes.Status304NotModified;

    private bool IsHead => _context.Express.IsHead;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _staged.Room(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _staged.Room(sizeHint).Span;

    public override void Advance(int bytes) => _staged.Advance(bytes);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_staged.Count > 0 || _isOver || (!HasStarted && _response.IsAwaited))
        {
            if (!_isOver)
            {
                _staged.Append(source.Span);
            }

            return FlushAsync(cancellationToken);
        }

        // Before the head is out there is still something better to answer.
        ThrowUnlessFitting(source.Length);
        Begin(isWhole: false);
        Append(source.Span);
        return SendAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_isOver)
        {
            return new(new FlushResult(isCanceled: false, isCompleted: _context.RequestAborted.IsCancellationRequested));
        }

        if (!HasStarted && _response.IsAwaited)
        {
            return FlushLaterAsync(cancellationToken);
        }

        Begin(isWhole: false);
        AppendStaged();
        return SendAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => _output.CancelPendingFlush();

    // The response ends when the application does; what is written until then may still be staged.
    public override void Complete(Exception? exception = null)
    {
        if (exception is not null)
        {
            _context.Abort();
        }
    }

    /// <summary>Has the head stand as it is; it goes out with the first bytes behind it.</summary>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (HasStarted || _isOver)
        {
            return;
        }

        if (_response.IsAwaited)
        {
            await _response.TellStartingAsync().ConfigureAwait(false);
        }

        Begin(isWhole: false);
    }

    /// <summary>Sends what is left, and the end.</summary>
    public ValueTask FinishAsync()
    {
        if (_isOver)
        {
            return default;
        }

        if (!HasStarted && _response.IsAwaited)
        {
            return FinishLaterAsync();
        }

        Finish();
        var send = _unflushed > 0 ? SendAsync(CancellationToken.None) : default;
        if (send.IsCompletedSuccessfully)
        {
            _ = send.Result;
            return default;
        }

        return AwaitAsync(send);
    }

    /// <summary>Ends what has begun before its end; the connection ends with it.</summary>
    public void BreakOff()
    {
        _isOver = true;
        _response.IsLast = true;
        if (!_hasSent)
        {
            _context.Abort();
        }
    }

    /// <summary>Forgets what was written and is not sent.</summary>
    public void Drop() => _staged.Return();

    /// <summary>Forgets the response before.</summary>
    public void Clear()
    {
        Drop();
        _written = 0;
        _unflushed = 0;
        _isChunked = false;
        _length = null;
        _isOver = false;
        _hasSent = false;
        HasStarted = false;
    }

    private static async ValueTask AwaitAsync(ValueTask<FlushResult> send) => await send.ConfigureAwait(false);

    private async ValueTask<FlushResult> FlushLaterAsync(CancellationToken cancellationToken)
    {
        await _response.TellStartingAsync().ConfigureAwait(false);
        return await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask FinishLaterAsync()
    {
        await _response.TellStartingAsync().ConfigureAwait(false);
        await FinishAsync().ConfigureAwait(false);
    }

    private void Finish()
    {
        if (!HasStarted && _response.Fields.ContentLength > _staged.Count && !IsHead && !HasNoBody)
        {
            throw new InvalidOperationException($"The body is shorter than its Content-Length of {_response.Fields.ContentLength} bytes.");
        }

        Begin(isWhole: true);
        AppendStaged();
        _isOver = true;
        if (_isChunked)
        {
            Put("0\r\n\r\n"u8);
        }
        else if (_length is { } length && _written < length && !IsHead && !HasNoBody)
        {
            // The connection ends with it, so that the client does not take it for the whole.
            _response.IsLast = true;
        }
    }

    private void Begin(bool isWhole)
    {
        if (HasStarted)
        {
            return;
        }

        var fields = _response.Fields;
        if (fields["Transfer-Encoding"].Count > 0)
        {
            throw new InvalidOperationException("How a body is transferred is the server's business: Transfer-Encoding cannot be set.");
        }

        var canHaveBody = !HasNoBody;
        if (!canHaveBody && _response.StatusCode != StatusCodes.Status304NotModified)
        {
            fields.ContentLength = null;
        }

        if (isWhole && canHaveBody && fields.ContentLength is null && !(IsHead && _staged.Count == 0))
        {
            fields.ContentLength = _staged.Count;
        }

        var isChunked = canHaveBody && !IsHead && fields.ContentLength is null;
        _response.IsLast = _context.Express.IsLast || _context.IsClosing || (fields["Connection"] is { Count: > 0 } connection && HopByHop.HasToken(connection, "close"));
        if (_response.IsLast)
        {
            fields["Connection"] = "close";
        }

        _unflushed += ResponseHeadWriter.Write(_response, isChunked, _context.IsServerNamed, _output);
        _isChunked = isChunked;
        _length = fields.ContentLength;
        HasStarted = true;
        fields.IsReadOnly = true;
    }

    private void AppendStaged()
    {
        if (_staged.Count > 0)
        {
            Append(_staged.Written.Span);
            Drop();
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        ThrowUnlessFitting(bytes.Length);
        _written += bytes.Length;
        if (IsHead)
        {
            return;
        }

        if (!_isChunked)
        {
            Put(bytes);
            return;
        }

        Span<byte> size = stackalloc byte[12];
        _ = bytes.Length.TryFormat(size, out var digits, "x", CultureInfo.InvariantCulture);
        Put(size[..digits]);
        Put("\r\n"u8);
        Put(bytes);
        Put("\r\n"u8);
    }

    private void ThrowUnlessFitting(int count)
    {
        if (count > 0 && HasNoBody && !IsHead)
        {
            throw new InvalidOperationException($"A response with status {_response.StatusCode} has no body.");
        }

        if ((HasStarted ? _length : _response.Fields.ContentLength) is { } length && count > length - _written)
        {
            throw new InvalidOperationException($"The body is longer than its Content-Length of {length} bytes.");
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _unflushed += bytes.Length;
    }

    private ValueTask<FlushResult> SendAsync(CancellationToken cancellationToken)
    {
        var bytes = _unflushed;
        _unflushed = 0;
        _hasSent = true;
        var flush = _output.FlushAsync(cancellationToken);
        return flush.IsCompleted || _context.Rate is not { } rate
            ? flush
            : WatchAsync(flush, TimeSpan.FromSeconds(Math.Min(rate.GracePeriod.TotalSeconds + (bytes / rate.BytesPerSecond), LongestWait)));
    }

    // As the server does it: who reads too slowly is cut off.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> WatchAsync(ValueTask<FlushResult> flush, TimeSpan limit)
    {
        var sending = flush.AsTask();
        try
        {
            return await sending.WaitAsync(limit, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It may have been lifted meanwhile, as for a stream.
            if (_context.Rate is not null)
            {
                _context.Abort();
            }

            return await sending.ConfigureAwait(false);
        }
    }
}
