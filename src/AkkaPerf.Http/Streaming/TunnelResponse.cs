using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Streaming;

/// <summary>A WebSocket that the backend has opened: its exchange is over, the tunnel begins.</summary>
internal sealed class TunnelResponse : ProxyResponse
{
    private readonly HttpResponseMessage _message;
    private readonly WebSocketHandshake _handshake;
    private readonly StreamPlace _place;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();

    // Null before and after its use, when it may be another request's. Guarded by the gate.
    private HttpContext? _context;
    private bool _isAborted;

    public TunnelResponse(HttpResponseMessage message, WebSocketHandshake handshake, StreamPlace place, TimeProvider time)
    {
        _message = message;
        _handshake = handshake;
        _place = place;
        _time = time;
    }

    public override int StatusCode => (int)_message.StatusCode;

    internal override bool CameByHttp2 => _message.Version.Major == 2;

    /// <summary>Breaks it off at both ends. Any thread.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _isAborted = true;
            _context?.Abort();
        }

        _message.Dispose();
    }

    public override async Task WriteToAsync(HttpContext context)
    {
        DataRates.Lift(context);
        DataRates.LiftSize(context);
        Enter(context);
        var isWhole = false;
        try
        {
            var backend = await _message.Content.ReadAsStreamAsync(context.RequestAborted).ConfigureAwait(false);
            var client = await AcceptAsync(context).ConfigureAwait(false);
            if (client is null)
            {
                isWhole = true;
                return;
            }

            using var tunnel = new Tunnel(client, backend, endsByReset: _message.Version.Major >= 2, _time);
            isWhole = await tunnel.RunAsync(context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end has gone before it began.
        }
        finally
        {
            Leave();
            if (!isWhole)
            {
                context.Abort();
            }

            Dispose();
        }
    }

    private protected override void Release()
    {
        _message.Dispose();
        _place.Dispose();
    }

    // The server may have a limit of its own.
    private async Task<Stream?> AcceptAsync(HttpContext context)
    {
        try
        {
            return await _handshake.AcceptAsync(context, _message).ConfigureAwait(false);
        }
        catch (InvalidOperationException) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await Problem.TooManyStreams.WriteToAsync(context).ConfigureAwait(false);
            return null;
        }
    }

    private void Enter(HttpContext context)
    {
        lock (_gate)
        {
            _context = context;
            if (_isAborted)
            {
                context.Abort();
            }
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _context = null;
        }
    }
}
