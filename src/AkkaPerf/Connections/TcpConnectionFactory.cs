using System.Net.Sockets;
using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>Opens TCP connections to backends at <c>tcp://host:port</c>, for protocols of one's own. Any thread, several at once.</summary>
public sealed class TcpConnectionFactory : IConnectionFactory<NetworkStream>
{
    /// <summary>Connects; small writes are sent at once, and the system notices a peer that is gone.</summary>
    /// <param name="backend">Where to; every address of its name is tried.</param>
    /// <param name="cancellationToken">Ends the connect.</param>
    /// <exception cref="InvalidOperationException">The address is not <c>tcp://host:port</c>.</exception>
    /// <exception cref="SocketException">Nobody listens there, or the name is not known.</exception>
    public async ValueTask<NetworkStream> OpenAsync(Backend backend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backend);
        if (backend.Address is not { Scheme: "tcp", Port: > 0, IdnHost: { Length: > 0 } host, Port: var port })
        {
            throw new InvalidOperationException($"The address of {backend.Id} has to be tcp://host:port, not '{AddressText.Mask(backend.Address)}'.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether it is open and silent: what has an end, or bytes that nobody asked for, cannot be used for another exchange.</summary>
    public ValueTask<bool> IsUsableAsync(NetworkStream connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        try
        {
            return new ValueTask<bool>(!connection.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return new ValueTask<bool>(false);
        }
    }

    /// <inheritdoc />
    public ValueTask CloseAsync(NetworkStream connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.DisposeAsync();
    }
}
