using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AkkaPerf.Http.Sending;

/// <summary>A connection's middleware: answers of HTTP/2 that come at about the same moment are sent together.</summary>
internal static class GatheredSending
{
    // As much as may be waiting, and then some.
    private const int Rest = 64 * 1024;

    /// <summary>Wraps what handles a connection; one that does not speak HTTP/2 stays as it is.</summary>
    public static ConnectionDelegate Wrap(ConnectionDelegate next, ListenOptions listener) =>
        connection => IsHttp2(connection, listener.Protocols) ? RunAsync(connection, next, listener.KestrelServerOptions.Limits) : next(connection);

    private static bool IsHttp2(ConnectionContext connection, HttpProtocols protocols) =>
        protocols == HttpProtocols.Http2
        || (connection.Features.Get<ITlsApplicationProtocolFeature>() is { } tls && tls.ApplicationProtocol.Span.SequenceEqual("h2"u8));

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
            await Task.WhenAny(stopping, Task.Delay(rate.GracePeriod + TimeSpan.FromSeconds(Rest / rate.BytesPerSecond))).ConfigureAwait(false);
            if (!stopping.IsCompleted)
            {
                connection.Abort(new ConnectionAbortedException("The client does not read what was sent to it last."));
            }
        }

        await stopping.ConfigureAwait(false);
    }
}
