using System.Buffers;
using System.Net.Sockets;
using AkkaPerf.Http.Sending;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace AkkaPerf.Http.Loops;

/// <summary>A client's connection whose socket a loop watches. What comes is read where it comes; what is written goes to the socket from where it is written.</summary>
/// <remarks>
/// It ends as the server's own transport ends it: gracefully once its output is completed, by a reset when it is aborted. Its input ends with the reason for
/// that, or with what broke it; after that the token is cancelled, on a thread of the pool.
/// </remarks>
internal sealed class LoopConnection : DefaultConnectionContext, IMemoryPoolFeature
{
    private static readonly ConnectionAbortedException Gracefully = new("The connection's output was completed.");
    private static long _last = TimeProvider.System.GetUtcNow().Ticks;

    private readonly LoopSocket _socket;
    private readonly LoopInput _input;
    private readonly SocketOutput _output;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _hasTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Exception? _reason;

    /// <summary>Takes an accepted socket over.</summary>
    /// <param name="socket">Nothing was done with it yet.</param>
    /// <param name="pool">Where its input comes from.</param>
    /// <param name="most">How much input may wait to be read, in bytes.</param>
    public LoopConnection(Socket socket, MemoryPool<byte> pool, long most)
        : base(Interlocked.Increment(ref _last).ToString("X", System.Globalization.CultureInfo.InvariantCulture))
    {
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        MemoryPool = pool;
        _socket = new LoopSocket(socket, EventLoops.Next());
        _input = new LoopInput(_socket, pool, most, FaultOf, OnEnded);
        _output = new SocketOutput(_socket, EndAsync);
        Transport = new DuplexPipe(_input, _output);
        ConnectionClosed = _closed.Token;
        Features.Set<IMemoryPoolFeature>(this);
    }

    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Begins to receive.</summary>
    public void Start() => _input.Start();

    public override void Abort(ConnectionAbortedException abortReason) => Close(abortReason);

    public override async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync().ConfigureAwait(false);
        await _output.CompleteAsync().ConfigureAwait(false);
        await _output.StopAsync().ConfigureAwait(false);
        await _hasTold.Task.ConfigureAwait(false);
        _closed.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    // Why its input ends.
    private Exception? FaultOf(Exception? error) => Volatile.Read(ref _reason) ?? error switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown } => new ConnectionResetException(error.Message, error),
        _ => error,
    };

    private void OnEnded() => ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.Tell(), this, preferLocal: false);

    private ValueTask EndAsync(Exception? reason)
    {
        Close(reason);
        return ValueTask.CompletedTask;
    }

    private void Close(Exception? reason)
    {
        lock (_gate)
        {
            if (_reason is not null)
            {
                return;
            }

            // Before the socket: whoever sees that it is closed finds out why.
            Volatile.Write(ref _reason, reason ?? Gracefully);
        }

        if (reason is null)
        {
            _socket.Finish();
        }
        else
        {
            _socket.Reset();
        }

        // Who waits for room goes on, and sees the end. Elsewhere: the caller may hold locks that he wants.
        ThreadPool.UnsafeQueueUserWorkItem(static input => input.Stop(), _input, preferLocal: false);
    }

    private void Tell()
    {
        try
        {
            _closed.Cancel();
        }
        catch (AggregateException)
        {
            // What it was told to is the listener's fault, and the connection is over.
        }

        _hasTold.TrySetResult();
    }
}
