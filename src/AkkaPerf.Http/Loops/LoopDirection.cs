using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace AkkaPerf.Http.Loops;

/// <summary>One direction of a socket: what is to be transferred is tried at once if the socket may be ready, or else when it has become so.</summary>
/// <remarks>
/// One operation at a time. It is its caller's or the loop's thread's while it runs, and everybody's while it waits: whoever takes it out of that state, under
/// the gate, ends it or runs it. Each event counts, so that one that comes while an operation runs is not lost when that one begins to wait.
/// </remarks>
internal abstract class LoopDirection : IValueTaskSource<int>
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<int> _end;

    // Guarded by the gate; what is volatile is looked at without it where that does no harm.
    private volatile State _state;
    private volatile bool _isReady;
    private bool _hasEnded;
    private bool _isClosed;
    private int _events;
    private int _resumedAt;

    // Whoever has the operation.
    private Memory<byte> _memory;
    private int _done;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;

    protected LoopDirection(bool isReady) => _isReady = isReady;

    private enum State
    {
        Free,
        Running,
        Waiting,
    }

    /// <summary>Whether something may be ready; what it is not, it becomes by an event.</summary>
    public bool IsReady
    {
        get
        {
            lock (_gate)
            {
                return _isReady;
            }
        }
    }

    /// <summary>Whether all is transferred before an operation ends, and not only some.</summary>
    protected abstract bool IsWhole { get; }

    /// <summary>Transfers bytes; for none waits until the socket may be ready. How many went.</summary>
    /// <exception cref="InvalidOperationException">Another operation is under way.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <exception cref="SocketException">The connection has broken, or is closed meanwhile.</exception>
    public ValueTask<int> TransferAsync(Memory<byte> memory, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        int events;
        bool isReady;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(LoopSocket));
            if (_state != State.Free)
            {
                throw new InvalidOperationException("Another operation in this direction is under way.");
            }

            (_state, events, isReady) = (State.Running, _events, _isReady);
        }

        (_memory, _done) = (memory, 0);
        var error = SocketError.Success;
        if (isReady && TryRunOrFree(ref events, out error))
        {
            var done = _done;
            Free();
            return error == SocketError.Success ? new(done) : ValueTask.FromException<int>(new SocketException((int)error));
        }

        _cancellation = cancellationToken;
        _end.Reset();
        _end.RunContinuationsAsynchronously = false;
        var end = new ValueTask<int>(this, _end.Version);
        if (!TryWait(ref events))
        {
            Run(events);
        }

        return end;
    }

    int IValueTaskSource<int>.GetResult(short token) => _end.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _end.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _end.OnCompleted(continuation, state, token, flags);

    /// <summary>Has the next operation try, whatever is known.</summary>
    public void Look()
    {
        lock (_gate)
        {
            _isReady = true;
        }
    }

    /// <summary>Takes word that the socket has become ready.</summary>
    /// <param name="hasEnded">Whether this direction is at its end: then nothing more is told of it.</param>
    /// <returns>Whether an operation waits for it, which the caller has to <see cref="Resume"/>.</returns>
    public bool OnReady(bool hasEnded)
    {
        // In this order: an operation that is over has said by then whether it left anything, and one that begins now tries before it waits and finds it.
        if (!hasEnded && _state == State.Free && _isReady)
        {
            return false;
        }

        lock (_gate)
        {
            _events++;
            _isReady = true;
            _hasEnded |= hasEnded;
            if (_state != State.Waiting)
            {
                return false;
            }

            _state = State.Running;
            _resumedAt = _events;
            return true;
        }
    }

    /// <summary>Goes on with the operation that waited.</summary>
    public void Resume() => Run(_resumedAt);

    /// <summary>Begins nothing any more. To be called before the socket is closed.</summary>
    /// <returns>Whether an operation waits, which the caller has to <see cref="Abort"/>; one that runs sees it itself.</returns>
    public bool TryClose()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_state != State.Waiting)
            {
                return false;
            }

            _state = State.Running;
            return true;
        }
    }

    /// <summary>Ends the operation that waited. Whoever waits goes on elsewhere: the caller may hold locks that he wants.</summary>
    public void Abort()
    {
        _end.RunContinuationsAsynchronously = true;
        End(SocketError.OperationAborted);
    }

    /// <summary>Transfers some, without waiting.</summary>
    protected abstract int Transfer(Span<byte> bytes, out SocketError error);

    private void Run(int events)
    {
        do
        {
            bool isOver;
            SocketError error;
            try
            {
                isOver = TryRun(ref events, out error);
            }
            catch (Exception exception)
            {
                // Its memory is gone, for one.
                Free();
                _end.SetException(exception);
                return;
            }

            if (isOver)
            {
                End(error);
                return;
            }
        }
        while (!TryWait(ref events));
    }

    private bool TryRunOrFree(ref int events, out SocketError error)
    {
        try
        {
            return TryRun(ref events, out error);
        }
        catch
        {
            Free();
            throw;
        }
    }

    // False if there is nothing to be had for now. A short read has emptied the socket; but for one that ends before urgent data, which nobody sends over HTTP.
    private bool TryRun(ref int events, out SocketError error)
    {
        error = SocketError.Success;
        while (!_memory.IsEmpty)
        {
            var room = _memory.Length - _done;
            var count = Transfer(_memory.Span[_done..], out error);
            if (error == SocketError.Interrupted)
            {
                continue;
            }

            if (error is SocketError.WouldBlock or SocketError.IOPending)
            {
                error = SocketError.Success;
                if (IsSpent(ref events, isCertain: true))
                {
                    return false;
                }

                continue;
            }

            _done += count;
            if (error != SocketError.Success || !IsWhole || _done == _memory.Length)
            {
                if (error == SocketError.Success && count > 0 && count < room)
                {
                    _ = IsSpent(ref events, isCertain: false);
                }

                break;
            }
        }

        return true;
    }

    // Whether nothing is ready any more, unless something has become so since.
    private bool IsSpent(ref int events, bool isCertain)
    {
        lock (_gate)
        {
            if (events == _events && (isCertain || !_hasEnded))
            {
                _isReady = false;
                return true;
            }

            events = _events;
            return false;
        }
    }

    // False if something has become ready since: then it goes on. If not, the operation is nobody's any more.
    private bool TryWait(ref int events)
    {
        var cancellation = _cancellation;
        if (cancellation.CanBeCanceled && _registration == default)
        {
            // Not while it waits: it might be over, and another one's, by the time that this is kept.
            _registration = cancellation.UnsafeRegister(static (direction, token) => ((LoopDirection)direction!).OnCancelled(token), this);
        }

        bool isClosed;
        lock (_gate)
        {
            isClosed = _isClosed;
            if (!isClosed && events != _events)
            {
                events = _events;
                return false;
            }

            _state = isClosed ? State.Running : State.Waiting;
        }

        if (isClosed)
        {
            End(SocketError.OperationAborted);
        }
        else if (cancellation.IsCancellationRequested)
        {
            OnCancelled(cancellation);
        }

        return true;
    }

    private void OnCancelled(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_state != State.Waiting || _cancellation != cancellation)
            {
                return;
            }

            _state = State.Running;
        }

        // As with a socket that is closed.
        _end.RunContinuationsAsynchronously = true;
        Free();
        _end.SetException(new OperationCanceledException(cancellation));
    }

    private void End(SocketError error)
    {
        var done = _done;
        Free();
        if (error == SocketError.Success)
        {
            _end.SetResult(done);
        }
        else
        {
            _end.SetException(new SocketException((int)error));
        }
    }

    // Before whoever waits goes on, who may begin the next.
    private void Free()
    {
        _registration.Unregister();
        (_memory, _cancellation, _registration) = (default, default, default);
        lock (_gate)
        {
            _state = State.Free;
        }
    }
}
