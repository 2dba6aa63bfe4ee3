using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>What goes to a connection's backend and comes back, one call after the other; it is kept with its connection, so that a call makes nothing to wait with.</summary>
/// <remarks>
/// Its caller waits once for each call, and gives the connection back only after that; so it is never begun while somebody still waits. The
/// caller goes on on the socket's thread, whose context is nobody's: an awaiting caller brings its own.
/// </remarks>
internal sealed class WireCall : IValueTaskSource<BackendResponse>
{
    private readonly WireConnection _connection;
    private readonly WirePool _pool;
    private readonly Action _onReceived;
    private ManualResetValueTaskSourceCore<BackendResponse> _answer;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _receiving;
    private WireRequest _request;
    private CancellationToken _cancellation;
    private bool _isReused;

    // The backend spoke before it was asked: it may answer once more, and to whoever would be next.
    private bool _isForestalled;

    public WireCall(WireConnection connection, WirePool pool)
    {
        _connection = connection;
        _pool = pool;
        _onReceived = OnReceived;
    }

    /// <summary>Sends a request and waits for the response's head.</summary>
    /// <param name="request">It is released once it has been answered.</param>
    /// <param name="isReused">Whether the connection was used before: then a request that finds it closed is sent once more, over another one.</param>
    /// <param name="cancellationToken">Breaks the call off, and the connection.</param>
    public ValueTask<BackendResponse> SendAsync(in WireRequest request, bool isReused, CancellationToken cancellationToken)
    {
        _answer.Reset();
        (_request, _isReused, _cancellation) = (request, isReused, cancellationToken);
        _isForestalled = _connection.IsAhead;
        try
        {
#pragma warning disable CA2012 // Consumed once: here, or by who sends the rest.
            var sending = _connection.SendAsync(request.Head, cancellationToken);
            var sent = sending.IsCompletedSuccessfully ? sending.Result : 0;
            if (sent == request.Head.Count)
            {
                Receive(_connection.TakeAhead());
            }
            else
            {
                _ = SendRestAsync(sent > 0 ? new ValueTask<int>(sent) : sending);
            }
#pragma warning restore CA2012
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        return new ValueTask<BackendResponse>(this, _answer.Version);
    }

    BackendResponse IValueTaskSource<BackendResponse>.GetResult(short token) => _answer.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<BackendResponse>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<BackendResponse>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    // A request is nearly always gone at once.
    private async Task SendRestAsync(ValueTask<int> sending)
    {
        try
        {
            ReadOnlyMemory<byte> rest = _request.Head;
            rest = rest[await sending.ConfigureAwait(false)..];
            while (!rest.IsEmpty)
            {
                rest = rest[await _connection.SendAsync(rest, _cancellation).ConfigureAwait(false)..];
            }

            Receive(_connection.TakeAhead());
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Receive(ValueTask<int> receiving)
    {
        if (IsHere(receiving))
        {
            OnReceived();
        }
    }

    // If not, it goes on when it is: nothing of the call is touched here any more.
    private bool IsHere(ValueTask<int> receiving)
    {
        _receiving = receiving.ConfigureAwait(false).GetAwaiter();
        if (_receiving.IsCompleted)
        {
            return true;
        }

        _receiving.UnsafeOnCompleted(_onReceived);
        return false;
    }

    // In a loop: a backend may send its head byte by byte.
    private void OnReceived()
    {
        WireResponse answer;
        try
        {
            WireHead? head;
            while (!_connection.TryTake(_receiving.GetResult(), out head))
            {
                if (!IsHere(_connection.FillAsync(_cancellation)))
                {
                    return;
                }
            }

            head.IsKeptAlive &= !_isForestalled;
            answer = new WireResponse(head, _request.IsHead, _connection, _pool);
        }
        catch (Exception exception)
        {
            Fail(exception);
            return;
        }

        _request.Release();
        End();
        _answer.SetResult(answer);
    }

    private void Fail(Exception exception)
    {
        _connection.Dispose();
        if (_isReused && !_connection.HasAnswered && WireFailure.IsClosed(exception) && !_cancellation.IsCancellationRequested)
        {
            // The backend closed it just when it was used, most likely for being idle (RFC 9112, section 9.3.1).
            _ = SendAgainAsync();
            return;
        }

        var failure = WireFailure.OfHead(exception, _cancellation);
        End();
        _answer.SetException(failure);
    }

    private async Task SendAgainAsync()
    {
        BackendResponse answer;
        try
        {
            answer = await _pool.SendAnewAsync(_request, _cancellation).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            End();
            _answer.SetException(exception);
            return;
        }

        End();
        _answer.SetResult(answer);
    }

    // Nothing is held on to: before the caller goes on, who may begin the next.
    private void End() => (_request, _cancellation, _receiving) = (default, default, default);
}
