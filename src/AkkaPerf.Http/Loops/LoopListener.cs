using System.Buffers;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Loops;

/// <summary>Accepts clients, each for a loop in turn.</summary>
internal sealed partial class LoopListener : IConnectionListener
{
    // While the process has no room for another socket.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // So long without a failure, and it is over.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly SocketTransportOptions _options;
    private readonly MemoryPool<byte> _pool;
    private readonly ILogger _logger;

    // When it failed last, by the system's clock of ticks; null while all is well.
    private long? _failedAt;

    private LoopListener(Socket socket, SocketTransportOptions options, MemoryPool<byte> pool, ILogger logger)
    {
        _socket = socket;
        _options = options;
        _pool = pool;
        _logger = logger;
        EndPoint = socket.LocalEndPoint!;
    }

    public EndPoint EndPoint { get; }

    /// <summary>Opens one.</summary>
    /// <exception cref="AddressInUseException">Somebody else listens there.</exception>
    /// <exception cref="SocketException">It is not to be had.</exception>
    /// <exception cref="ArgumentException"><see cref="SocketTransportOptions.MaxReadBufferSize"/> is negative.</exception>
    public static LoopListener Open(EndPoint address, SocketTransportOptions options, MemoryPool<byte> pool, ILogger logger)
    {
        if (options.MaxReadBufferSize < 0)
        {
            throw new ArgumentException($"MaxReadBufferSize is {options.MaxReadBufferSize}; it is 0 bytes or more, or null for any.", nameof(options));
        }

        Socket? socket = null;
        try
        {
            socket = options.CreateBoundListenSocket(address);
            socket.Listen(options.Backlog);
            return new LoopListener(socket, options, pool, logger);
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
                NoteSuccess();
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
                var isWithoutRoom = exception is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable };
                if (isWithoutRoom || exception is not SocketException)
                {
                    NoteFailure(exception);
                }

                if (isWithoutRoom)
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

    // Once for all that fail together: each client that goes makes room for another, and the next fails again.
    private void NoteFailure(Exception exception)
    {
        if (_failedAt is null)
        {
            AcceptFails(EndPoint, exception.Message);
        }

        _failedAt = Environment.TickCount64;
    }

    private void NoteSuccess()
    {
        if (_failedAt is { } since && Environment.TickCount64 - since >= Recovery.TotalMilliseconds)
        {
            _failedAt = null;
            AcceptsAgain(EndPoint);
        }
    }

    [LoggerMessage(EventId = 720, Level = LogLevel.Warning, Message = "Clients of {EndPoint} cannot be accepted: {Cause}")]
    private partial void AcceptFails(EndPoint endPoint, string cause);

    [LoggerMessage(EventId = 721, Level = LogLevel.Information, Message = "Clients of {EndPoint} are accepted again.")]
    private partial void AcceptsAgain(EndPoint endPoint);
}
