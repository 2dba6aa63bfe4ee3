using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AkkaPerf.Http.Loops;

/// <summary>A connection whose readiness an event loop watches. One reader and one writer at a time; any thread may close it.</summary>
internal sealed class LoopSocket : Link
{
    private readonly Socket _socket;
    private readonly EventLoop _loop;
    private readonly Direction _reading;
    private readonly Direction _writing;
    private int _isClosed;

    // The loop's last wait when it was.
    private int _restedAt;

    /// <summary>Takes a socket over.</summary>
    /// <param name="socket">One that nothing was asynchronously done with: the runtime would watch it too.</param>
    /// <param name="loop">Who watches it.</param>
    /// <param name="isConnected">Whether it is connected already; if not, it becomes writable when it is.</param>
    public LoopSocket(Socket socket, EventLoop loop, bool isConnected = true)
    {
        _socket = socket;
        _loop = loop;
        socket.Blocking = false;
        Handle = socket.SafeHandle;

        // What can be read is told when it is taken in.
        _reading = new Direction(Handle, isWhole: false, isReady: false);
        _writing = new Direction(Handle, isWhole: true, isConnected);
        loop.Add(this);
        Rest();
    }

    /// <summary>The socket's own.</summary>
    public SafeHandle Handle { get; }

    /// <summary>What the loop knows it by.</summary>
    public long Key { get; set; }

    // What may be ready need not be.
    public override bool IsReadable => _reading.IsReady && IsReadableNow(_socket);

    // A wait that began after that has found what had come.
    public override bool IsSettled => unchecked(_loop.Told - Volatile.Read(ref _restedAt)) > 0;

    /// <summary>Connects; every address of a name is tried.</summary>
    /// <exception cref="SocketException">It could not.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public static async ValueTask<LoopSocket> ConnectAsync(DnsEndPoint address, CancellationToken cancellationToken)
    {
        var all = IPAddress.TryParse(address.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(address.Host, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < all.Length - 1; i++)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(all[i], address.Port), cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // The last one tells why.
            }
        }

        return all.Length > 0
            ? await ConnectAsync(new IPEndPoint(all[^1], address.Port), cancellationToken).ConfigureAwait(false)
            : throw new SocketException((int)SocketError.HostNotFound);
    }

    private static async ValueTask<LoopSocket> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        LoopSocket? connection = null;
        try
        {
            socket.NoDelay = true;
            socket.Blocking = false;
            try
            {
                socket.Connect(address);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress or SocketError.IOPending)
            {
                // As a connect does that does not wait.
            }

            connection = new LoopSocket(socket, EventLoops.Nearest(), isConnected: false);
            _ = await connection._writing.TransferAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            return error == SocketError.Success ? connection : throw new SocketException((int)error);
        }
        catch
        {
            connection?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    public override void Rest() => Volatile.Write(ref _restedAt, _loop.Begun);

    public override void Look() => _reading.Look();

    public override ValueTask<int> ReceiveAsync(Memory<byte> memory, CancellationToken cancellationToken = default) => _reading.TransferAsync(memory, cancellationToken);

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> memory, CancellationToken cancellationToken = default) =>
        memory.IsEmpty ? new(0) : _writing.TransferAsync(MemoryMarshal.AsMemory(memory), cancellationToken);

    /// <summary>Takes word of what has become ready, on the loop's thread.</summary>
    /// <param name="events">What.</param>
    /// <param name="resumed">Gets those that go on then.</param>
    public void OnEvents(uint events, List<LoopDirection> resumed)
    {
        const uint Ends = Epoll.Error | Epoll.HangUp;
        if ((events & (Epoll.Writable | Ends)) != 0 && _writing.OnReady((events & Ends) != 0))
        {
            resumed.Add(_writing);
        }

        if ((events & (Epoll.Readable | Epoll.ReadHangUp | Ends)) != 0 && _reading.OnReady((events & (Epoll.ReadHangUp | Ends)) != 0))
        {
            resumed.Add(_reading);
        }
    }

    /// <summary>Closes it with a reset: the other end must not take what it got for whole.</summary>
    public void Reset() => Close(isReset: true);

    /// <summary>Ends both directions, once what was sent is sent, and closes it.</summary>
    public void Finish()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It had ended.
        }

        Close(isReset: false);
    }

    public override void Dispose() => Close(isReset: false);

    private void Close(bool isReset)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
        {
            return;
        }

        var reads = _reading.TryClose();
        var writes = _writing.TryClose();
        _loop.Remove(this);
        if (isReset)
        {
            _socket.Close(timeout: 0);
        }
        else
        {
            _socket.Dispose();
        }

        if (reads)
        {
            _reading.Abort();
        }

        if (writes)
        {
            _writing.Abort();
        }
    }

    private sealed class Direction(SafeHandle socket, bool isWhole, bool isReady) : LoopDirection(isReady)
    {
        protected override bool IsWhole => isWhole;

        protected override int Transfer(Span<byte> bytes, out SocketError error)
        {
            try
            {
                return isWhole ? SocketCalls.Send(socket, bytes, out error) : SocketCalls.Receive(socket, bytes, out error);
            }
            catch (ObjectDisposedException)
            {
                error = SocketError.OperationAborted;
                return 0;
            }
        }
    }
}
