using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using AkkaPerf.Http.Sending;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace AkkaPerf.Http.Loops;

/// <summary>A client's connection whose socket a loop watches. What comes goes into a pipe, read where it comes; what is written goes to the socket from where it is written.</summary>
/// <remarks>
/// It ends as the server's own transport ends it: gracefully once its output is completed, by a reset when it is aborted. Its input ends with the reason for
/// that, or with what broke it; after that the token is cancelled, on a thread of the pool.
/// </remarks>
internal sealed class LoopConnection : DefaultConnectionContext, IMemoryPoolFeature
{
    // A read gets at least so much room, of a block's 4 KiB.
    private const int LeastRoom = 2 * 1024;

    private static readonly ConnectionAbortedException Gracefully = new("The connection's output was completed.");
    private static long _last = TimeProvider.System.GetUtcNow().Ticks;

    private readonly LoopSocket _socket;
    private readonly Pipe _input;
    private readonly SocketOutput _output;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _hasTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Exception? _reason;
    private Task _receiving = Task.CompletedTask;

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
        _input = new Pipe(new PipeOptions(pool, PipeScheduler.Inline, PipeScheduler.Inline, most, most / 2, useSynchronizationContext: false));
        _socket = new LoopSocket(socket, EventLoops.Next());
        _output = new SocketOutput(_socket, EndAsync);
        Transport = new DuplexPipe(_input.Reader, _output);
        ConnectionClosed = _closed.Token;
        Features.Set<IMemoryPoolFeature>(this);
    }

    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Begins to receive.</summary>
    public void Start() => _receiving = ReceiveAsync();

    public override void Abort(ConnectionAbortedException abortReason) => Close(abortReason);

    public override async ValueTask DisposeAsync()
    {
        await _input.Reader.CompleteAsync().ConfigureAwait(false);
        await _output.CompleteAsync().ConfigureAwait(false);
        await _output.StopAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        _closed.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReceiveAsync()
    {
        Exception? error = null;
        try
        {
            await ReceiveAllAsync().ConfigureAwait(false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            error = new ConnectionResetException(exception.Message, exception);
        }
        catch (Exception exception)
        {
            error = exception;
        }

        await _input.Writer.CompleteAsync(Volatile.Read(ref _reason) ?? error).ConfigureAwait(false);
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.Tell(), this, preferLocal: false);
        await _hasTold.Task.ConfigureAwait(false);
    }

    private async Task ReceiveAllAsync()
    {
        var input = _input.Writer;
        while (true)
        {
            // An idle connection holds no memory.
            _ = await _socket.ReceiveAsync(Memory<byte>.Empty).ConfigureAwait(false);
            var count = await _socket.ReceiveAsync(input.GetMemory(LeastRoom)).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            input.Advance(count);
            var flush = await input.FlushAsync().ConfigureAwait(false);
            if (flush.IsCompleted || flush.IsCanceled)
            {
                return;
            }
        }
    }

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
        ThreadPool.UnsafeQueueUserWorkItem(static input => input.CancelPendingFlush(), _input.Writer, preferLocal: false);
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
