using AkkaPerf.Backends;
using AkkaPerf.Http.Streaming;
using AkkaPerf.Http.Transport.Wire;

namespace AkkaPerf.Http.Transport;

/// <summary>The right to one call at a time over a backend's shared transport, which keeps the connections.</summary>
public sealed class HttpBackendConnection
{
    private readonly BackendTransport _transport;
    private readonly HttpConnectionFactory _factory;

    internal HttpBackendConnection(BackendTransport transport, HttpConnectionFactory factory)
    {
        _transport = transport;
        _factory = factory;
    }

    /// <summary>The backend.</summary>
    public Backend Backend => _transport.Backend;

    internal BackendTransport Transport => _transport;

    internal WirePool? Wire => _transport.Wire;

    /// <summary>Whether it is spoken to in HTTP/2 and nothing else.</summary>
    internal bool IsHttp2Only => _transport.IsHttp2Only;

    /// <summary>Sends a message to a path of the backend; ends when the response's head is there.</summary>
    /// <param name="message">Its address and version are set here.</param>
    /// <param name="target">Path and query, sent byte for byte.</param>
    /// <param name="cancellationToken">Breaks the call off.</param>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, string target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(target);
        return _transport.SendAsync(message, target, cancellationToken);
    }

    internal Task<HttpResponseMessage> OpenAsync(HttpRequestMessage message, WebSocketHandshake handshake, string target, CancellationToken cancellationToken) =>
        _transport.OpenAsync(message, handshake, target, cancellationToken);

    /// <summary>Keeps the transport for a stream, which goes on when the slot is another's.</summary>
    internal IDisposable Hold() => _factory.Hold(_transport);
}
