using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AkkaPerf.Http.Sending;

/// <summary>A connection's middleware: answers of HTTP/2 that come at about the same moment are sent together.</summary>
internal static class GatheredSending
{
    /// <summary>Wraps what handles a connection; one that does not speak HTTP/2 stays as it is.</summary>
    public static ConnectionDelegate Wrap(ConnectionDelegate next, ListenOptions listener) =>
        connection => IsHttp2(connection, listener.Protocols) ? RunAsync(connection, next) : next(connection);

    private static bool IsHttp2(ConnectionContext connection, HttpProtocols protocols) =>
        protocols == HttpProtocols.Http2
        || (connection.Features.Get<ITlsApplicationProtocolFeature>() is { } tls && tls.ApplicationProtocol.Span.SequenceEqual("h2"u8));

    private static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
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
            output.Stop();
            connection.Transport = transport;
        }
    }
}
