using System.Buffers;
using System.IO.Pipelines;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Streaming;
using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>Copies one body from its backend to its client: as fast as the slower of the two, within a bounded buffer.</summary>
/// <remarks>
/// What came with the head goes out with the head: a small body is one read and one write. What we hold is flushed whenever the backend
/// pauses, so that events arrive as they happen. A timer exists only once something had to be waited for.
/// </remarks>
internal sealed class BodyPump : IDisposable
{
    // Small bodies fit, and the pool keeps such arrays per thread.
    private const int FirstBuffer = 16 * 1024;

    // Little enough to be left to the server, which sends it with the end of the body.
    private const int LastPiece = 4 * 1024;

    // More gains nothing over loopback; it is what one client can hold of our memory, besides the server's own 64 KiB.
    private const int LargeBuffer = 64 * 1024;

    private readonly BackendResponse _backend;
    private readonly ActivityOptions _activity;
    private readonly HttpContext _context;
    private readonly CodedBody? _coded;
    private readonly CancellationToken _aborted;
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private ITimer? _slowWrite;
    private long _lastActivity;
    private bool _isOver;
    private volatile bool _isUnwatched;

    public BodyPump(BackendResponse backend, ActivityOptions activity, (HttpContext Context, CodedBody? Coded) client)
    {
        _backend = backend;
        _activity = activity;
        (_context, _coded) = client;
        _aborted = _context.RequestAborted;
    }

    /// <summary>Whether we broke it off, rather than the client.</summary>
    public bool IsAborted { get; private set; }

    private HttpResponse Response => _context.Response;

    /// <summary>Whether there is a body to be copied, as method and status have it.</summary>
    public static bool HasBody(HttpContext context, BackendResponse backend) =>
        !HttpMethods.IsHead(context.Request.Method) && backend.StatusCode is not (204 or 205 or 304);

    /// <summary>Whether the last piece of a body is left to the server, which sends it with the mark of the end; where the length says the end there is none.</summary>
    public static bool GoesWithEnd(HttpResponse response, int length) => length <= LastPiece && response.ContentLength is null;

    /// <summary>Copies the body; tells the response when the backend has given all of it, which may be before the client has.</summary>
    public async ValueTask RunAsync(StreamedResponse response)
    {
        var length = _backend.ContentLength;
        if (!HasBody(_context, _backend))
        {
            if (_backend.StatusCode is not (204 or 205))
            {
                Response.ContentLength = _coded is null ? length : null;
            }

            response.End();
            return;
        }

        Response.ContentLength = _coded is null ? length : null;
        var stream = _backend.Body;
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var remaining = length ?? long.MaxValue;
        var start = 0;
        var end = 0;
        while (remaining > 0)
        {
            if (end == buffer.Length)
            {
                await WriteAsync(buffer.AsMemory(start, end - start), isPause: false).ConfigureAwait(false);
                start = end = 0;
                buffer = Grow(buffer);
            }

            var read = stream.ReadAsync(buffer.AsMemory(end), _aborted);
            int count;
            if (read.IsCompleted)
            {
                count = await read.ConfigureAwait(false);
            }
            else
            {
                Watch();
                if (end > start || !Response.HasStarted || _coded is { IsPending: true })
                {
                    await WriteAsync(buffer.AsMemory(start, end - start), isPause: true).ConfigureAwait(false);
                    start = end;
                }

                count = await read.ConfigureAwait(false);
                Touch();
            }

            if (count == 0)
            {
                if (length is not null)
                {
                    // Over HTTP/2 the runtime's client does not look, and a coded body would end as if it were whole.
                    throw new HttpIOException(HttpRequestError.ResponseEnded, "The backend's body is shorter than it said.");
                }

                break;
            }

            end += count;
            remaining -= count;
        }

        ReadOnlyMemory<byte> rest = buffer.AsMemory(start, end - start);
        if (_coded is not null)
        {
            await CodedBody.LeaveSocketThread();
            rest = _coded.Finish(rest);
        }

        if (!Response.HasStarted)
        {
            Response.ContentLength ??= rest.Length;
        }

        ResponseTrailers.Append(Response, _backend.Trailers(), isCoded: _coded is not null);
        if (GoesWithEnd(Response, rest.Length))
        {
            Response.BodyWriter.Write(rest.Span);
            response.End();
        }
        else
        {
            var last = rest.IsEmpty ? default : Response.BodyWriter.WriteAsync(rest, CancellationToken.None);
            response.End();
            if (!rest.IsEmpty)
            {
                await FinishAsync(last).ConfigureAwait(false);
            }
        }

        // Not in a finally: after a failure a read may still be writing into it.
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Breaks it off at both ends, unless it is over. Any thread.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            // Afterwards the context may serve another request.
            if (!_isOver)
            {
                IsAborted = true;
                _context.Abort();
            }
        }
    }

    /// <summary>From now on it may be silent for ever. Any thread.</summary>
    public void Unwatch() => _isUnwatched = true;

    /// <summary>Waits until what was written has gone, as long as the client takes some of it now and then.</summary>
    public async ValueTask FinishAsync(ValueTask<FlushResult> write)
    {
        var isSlow = !write.IsCompleted;
        if (isSlow)
        {
            Watch();
            LimitWrite();
        }

        var result = await write.ConfigureAwait(false);
        if (isSlow)
        {
            _slowWrite?.Dispose();
            _slowWrite = null;
        }

        if (result.IsCompleted || result.IsCanceled)
        {
            throw new OperationCanceledException("The client has gone.", _aborted);
        }

        Touch();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
        }

        _timer?.Dispose();
        _slowWrite?.Dispose();
        _coded?.Dispose();
    }

    private static byte[] Grow(byte[] buffer)
    {
        if (buffer.Length >= LargeBuffer)
        {
            return buffer;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return ArrayPool<byte>.Shared.Rent(LargeBuffer);
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, bool isPause) => _coded is null ? SendAsync(bytes) : WriteCodedAsync(_coded, bytes, isPause);

    // At a pause all that we hold has to arrive; a buffer that is full had better go out compressed as a whole.
    private async ValueTask WriteCodedAsync(CodedBody coded, ReadOnlyMemory<byte> bytes, bool isPause)
    {
        await CodedBody.LeaveSocketThread();
        await SendAsync(isPause ? coded.WriteThrough(bytes) : coded.Write(bytes)).ConfigureAwait(false);
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> bytes) =>
        FinishAsync(bytes.IsEmpty ? Response.BodyWriter.FlushAsync(CancellationToken.None) : Response.BodyWriter.WriteAsync(bytes, CancellationToken.None));

    private void Touch()
    {
        if (_timer is not null)
        {
            Volatile.Write(ref _lastActivity, _activity.Time.GetTimestamp());
        }
    }

    private void Watch()
    {
        if (_isUnwatched)
        {
            return;
        }

        Volatile.Write(ref _lastActivity, _activity.Time.GetTimestamp());
        _timer ??= _activity.Time.CreateTimer(static state => ((BodyPump)state!).OnTimer(), this, _activity.Timeout, Timeout.InfiniteTimeSpan);
    }

    // A piece that the client takes more slowly than the server's minimum rate is its last one.
    private void LimitWrite()
    {
        if (_isUnwatched || DataRates.LongestWriteOf(_context, LargeBuffer) is not { } longest)
        {
            return;
        }

        _slowWrite = _activity.Time.CreateTimer(static state => ((BodyPump)state!).OnSlowWrite(), this, longest, Timeout.InfiniteTimeSpan);
    }

    private void OnSlowWrite()
    {
        if (!_isUnwatched)
        {
            Abort();
        }
    }

    // Moving the timer with every chunk would cost more than to look, once in a while, how long ago the last one was.
    private void OnTimer()
    {
        if (_isUnwatched)
        {
            return;
        }

        var left = _activity.Timeout - _activity.Time.GetElapsedTime(Volatile.Read(ref _lastActivity));
        if (left <= TimeSpan.Zero)
        {
            Abort();
        }
        else
        {
            lock (_gate)
            {
                if (!_isOver)
                {
                    _timer?.Change(left, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }
}
