using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Streaming;
using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>A backend's response whose body is still to be read; the handler ends, and frees permit and slot, when it has been.</summary>
internal sealed class StreamedResponse : ProxyResponse, IValueTaskSource
{
    private readonly BackendResponse _backend;
    private readonly ActivityOptions _activity;
    private readonly Lock _gate = new();

    // The handler goes on where the body ended: there is nothing to do but to report it.
    private ManualResetValueTaskSourceCore<bool> _ended;
    private bool _hasEnded;
    private BodyPump? _pump;
    private ResponseBody? _body;
    private bool _isAborted;

    // What it has once it goes on without its handler. Guarded by the gate.
    private StreamPlace? _place;

    public StreamedResponse(BackendResponse backend, ActivityOptions activity)
    {
        _backend = backend;
        _activity = activity;
    }

    public override int StatusCode => _backend.StatusCode;

    internal override bool CameByHttp2 => _backend.Version.Major == 2;

    /// <summary>The backend's response.</summary>
    public BackendResponse Backend => _backend;

    /// <summary>What is said of the cache's part in it; default for nothing.</summary>
    public StringValues CacheStatus { get; set; }

    /// <summary>Ends when the body has been read, or nobody wants it any more; fails if the backend broke it off.</summary>
    public ValueTask BodyEnded => new(this, _ended.Version);

    /// <summary>Breaks the response off, at the backend and at the client. Any thread.</summary>
    public void Abort()
    {
        BodyPump? pump;
        ResponseBody? body;
        lock (_gate)
        {
            _isAborted = true;
            (pump, body) = (_pump, _body);
        }

        pump?.Abort();
        body?.Abort();
    }

    /// <summary>Lets it go on when its handler ends, however long it is silent; false if it is over already, and the place still its taker's.</summary>
    public bool TryOutlive(StreamPlace place)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return false;
            }

            _place = place;
            _pump?.Unwatch();
            _body?.Unwatch();
            return true;
        }
    }

    public override Task WriteToAsync(HttpContext context) => WriteToAsync(context, compression: null);

    internal override Task WriteToAsync(HttpContext context, ResponseCompression? compression)
    {
        ResponseHead.Write(_backend, context.Response);
        if (CacheStatus.Count > 0)
        {
            context.Response.Headers["Cache-Status"] = StringValues.Concat(context.Response.Headers["Cache-Status"], CacheStatus);
        }

        var coded = compression?.Begin(context, _backend.ContentLength);
        return coded is null && TryWriteWhole(context, out var written) ? written : PumpAsync(context, coded);
    }

    internal override HttpResponseMessage ToMessage(HttpRequestMessage request)
    {
        var answer = ResponseMessages.Copy(_backend, request);
        if (!ResponseMessages.HasBody(_backend, request.Method))
        {
            SetContent(answer, new NoBody());
            End();
            return answer;
        }

        var body = new ResponseBody(this, _backend, _activity, answer);
        bool isAborted;
        lock (_gate)
        {
            _body = body;
            isAborted = _isAborted;
            if (_place is not null)
            {
                body.Unwatch();
            }
        }

        if (isAborted)
        {
            body.Abort();
        }

        SetContent(answer, new StreamContent(body));
        return answer;
    }

    /// <summary>Lets the handler end.</summary>
    public void End(Exception? failure = null)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return;
            }

            _hasEnded = true;
        }

        _place?.Dispose();
        _backend.Dispose();
        if (failure is null)
        {
            _ended.SetResult(true);
        }
        else
        {
            _ended.SetException(failure);
        }
    }

    void IValueTaskSource.GetResult(short token) => _ended.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _ended.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _ended.OnCompleted(continuation, state, token, flags);

    private protected override void Release() => End();

    // Most bodies are here with their heads: they go out with them, and there is nothing to be watched.
    private bool TryWriteWhole(HttpContext context, out Task written)
    {
        written = Task.CompletedTask;
        lock (_gate)
        {
            if (_isAborted || _place is not null)
            {
                return false;
            }
        }

        if (!BodyPump.HasBody(context, _backend) || !_backend.TryTakeWhole(out var whole))
        {
            return false;
        }

        try
        {
            context.Response.ContentLength = _backend.ContentLength;
            var write = context.Response.BodyWriter.WriteAsync(whole, CancellationToken.None);

            // Its backend is free before the client has it.
            End();
            if (!write.IsCompletedSuccessfully)
            {
                written = FinishAsync(context, write, whole);
                return true;
            }

            if (write.Result is { IsCompleted: false, IsCanceled: false })
            {
                ArrayPool<byte>.Shared.Return(whole.Array!);
                return true;
            }

            context.Abort();
        }
        catch (Exception exception)
        {
            context.Abort();
            End(exception);
        }

        return true;
    }

    private async Task FinishAsync(HttpContext context, ValueTask<FlushResult> write, ArraySegment<byte> whole)
    {
        using var pump = new BodyPump(_backend, _activity, (context, Coded: null));
        try
        {
            await pump.FinishAsync(write).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(whole.Array!);
        }
        catch (Exception)
        {
            // Nobody else is concerned: the handler has ended.
            context.Abort();
        }
    }

    private async Task PumpAsync(HttpContext context, CodedBody? coded)
    {
        var pump = new BodyPump(_backend, _activity, (context, coded));
        bool isAborted;
        lock (_gate)
        {
            _pump = pump;
            isAborted = _isAborted;
            if (_place is not null)
            {
                pump.Unwatch();
                DataRates.Lift(context);
            }
        }

        if (isAborted)
        {
            pump.Abort();
        }

        try
        {
            await pump.RunAsync(this).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Some of it may have gone out: the client must not take it for the whole.
            var isClient = context.RequestAborted.IsCancellationRequested && !pump.IsAborted;
            context.Abort();
            End(isClient ? null : exception);
        }
        finally
        {
            pump.Dispose();
            Dispose();
        }
    }

    private void SetContent(HttpResponseMessage answer, HttpContent content)
    {
        ResponseMessages.SetContent(answer, _backend, content);
        if (CacheStatus.Count > 0)
        {
            answer.Headers.TryAddWithoutValidation("Cache-Status", (string?)CacheStatus);
        }
    }
}
