using System.Buffers;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace AkkaPerf.Http.Loops;

/// <summary>Accepts clients, each for a loop in turn.</summary>
internal sealed class LoopListener : IConnectionListener
{
    // While the process has no room for another socket.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly SocketTransportOptions _options;
    private readonly MemoryPool<byte> _pool;

    private LoopListener(Socket socket, SocketTransportOptions options, MemoryPool<byte> pool)
    {
        _socket = socket;
        _options = options;
        _pool = pool;
        EndPoint = socket.LocalEndPoint!;
    }

    public EndPoint EndPoint { get; }

    /// <summary>Opens one.</summary>
    /// <exception cref="AddressInUseException">Somebody else listens there.</exception>
    /// <exception cref="SocketException">It is not to be had.</exception>
    public static LoopListener Open(EndPoint address, SocketTransportOptions options, MemoryPool<byte> pool)
    {
        Socket? socket = null;
        try
        {
            socket = options.CreateBoundListenSocket(address);
            socket.Listen(options.Backlog);
            return new LoopListener(socket, options, pool);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            throw new AddressInUseException(exception.Message, exception);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Socket? accepted = null;
            try
            {
                accepted = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                accepted.NoDelay = _options.NoDelay;
                var connection = new LoopConnection(accepted, _pool, _options.MaxReadBufferSize ?? 0);
                connection.Start();
                return connection;
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted } && accepted is null)
            {
                return null;
            }
            catch (Exception exception) when (exception is SocketException or Win32Exception)
            {
                // It has gone before it was taken, or something of the kind: that one only.
                accepted?.Dispose();
                if (exception is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable })
                {
                    await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _pool.Dispose();
        return ValueTask.CompletedTask;
    }
}
