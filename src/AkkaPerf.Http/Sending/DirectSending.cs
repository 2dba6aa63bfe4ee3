using System.Net.Sockets;
using AkkaPerf.Http.Loops;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace AkkaPerf.Http.Sending;

/// <summary>A connection's middleware: what is written goes to the socket from where it is written.</summary>
internal static class DirectSending
{
    /// <summary>Wraps what handles a connection; one without a socket stays as it is.</summary>
    public static ConnectionDelegate Wrap(ConnectionDelegate next) => connection =>
        connection.Features.Get<IConnectionSocketFeature>() is { Socket: var socket } ? RunAsync(connection, socket, next) : next(connection);

    private static async Task RunAsync(ConnectionContext connection, Socket socket, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        var output = new SocketOutput(new SocketLink(socket), transport.Output.CompleteAsync);
        connection.Transport = new DuplexPipe(transport.Input, output);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            // The transport closes the socket next, and has nothing to send itself.
            await output.StopAsync().ConfigureAwait(false);
            connection.Transport = transport;
        }
    }
}
