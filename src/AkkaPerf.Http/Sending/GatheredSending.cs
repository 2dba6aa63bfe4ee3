using AkkaPerf.Http.Streaming;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AkkaPerf.Http.Sending;

/// <summary>A connection's middleware: answers of HTTP/2 that come at about the same moment are sent together.</summary>
internal static class GatheredSending
{
    // As much as may be waiting, and then some.
    private const int Rest = 64 * 1024;

    /// <summary>Wraps what handles a connection; one that does not speak HTTP/2 stays as it is.</summary>
    public static ConnectionDelegate Wrap(ConnectionDelegate next, ListenOptions listener) =>
        connection => listener.Protocols == HttpProtocols.Http2 || NegotiatedProtocol.IsHttp2(connection) ? RunAsync(connection, next, listener.KestrelServerOptions.Limits) : next(connection);

    private static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, KestrelServerLimits limits)
    {
        var transport = connection.Transport;
        var output = new GatheredOutput(transport.Output);
        connection.Transport = new DuplexPipe(transport.Input, output);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            await StopAsync(connection, output, limits.MinResponseDataRate).ConfigureAwait(false);
            connection.Transport = transport;
        }
    }

    // Who reads more slowly than the server allows is given up: nobody times the last flush any more.
    private static async Task StopAsync(ConnectionContext connection, GatheredOutput output, MinDataRate? rate)
    {
        var stopping = output.StopAsync();
        if (!stopping.IsCompleted && rate is not null)
        {
            await Task.WhenAny(stopping, Task.Delay(DataRates.LongestFor(Rest, rate))).ConfigureAwait(false);
            if (!stopping.IsCompleted)
            {
                connection.Abort(new ConnectionAbortedException("The client does not read what was sent to it last."));
            }
        }

        await stopping.ConfigureAwait(false);
    }
}
