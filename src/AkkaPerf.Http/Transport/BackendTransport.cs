using System.Diagnostics;
using System.Net;
using System.Text;
using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Streaming;
using AkkaPerf.Http.Transport.Wire;

namespace AkkaPerf.Http.Transport;

/// <summary>The one message handler of a backend: its connections, their keep-alive and their life.</summary>
internal sealed class BackendTransport : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    // This process's own calls take part in its traces, which what is forwarded does not; the platform makes that a handler's matter.
    private readonly Lazy<HttpMessageInvoker> _traced;
    private readonly TargetUris _uris;
    private readonly Version _version;
    private readonly HttpVersionPolicy _policy;

    // Set once a WebSocket had to be asked for over HTTP/1.1. Any thread: who does not see it yet tries in vain once more.
    private volatile bool _opensByHttp1;

    public BackendTransport(Backend backend, ConnectionOptions options, BackendHttp http, BackendTlsOptions tls, bool usesEventLoops)
    {
        Backend = backend;
        _uris = new TargetUris(backend.Address.GetLeftPart(UriPartial.Path).TrimEnd('/'));
        (_version, _policy) = http switch
        {
            BackendHttp.Http2 => (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact),
            BackendHttp.Auto when backend.Address.Scheme == Uri.UriSchemeHttps => (HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower),
            _ => (HttpVersion.Version11, HttpVersionPolicy.RequestVersionOrLower),
        };
        Wire = backend.Address.Scheme == Uri.UriSchemeHttp && http != BackendHttp.Http2 ? new WirePool(backend.Address, backend.Host, options, TimeProvider.System, usesEventLoops) : null;
        _invoker = new HttpMessageInvoker(CreateHandler(options, tls, propagator: null), disposeHandler: true);
        _traced = new Lazy<HttpMessageInvoker>(() => new HttpMessageInvoker(CreateHandler(options, tls, DistributedContextPropagator.Current), disposeHandler: true));
    }

    public Backend Backend { get; }

    /// <summary>Sends what is hot and simple; null if the backend is not spoken to in plain HTTP/1.1.</summary>
    public WirePool? Wire { get; }

    /// <summary>Whether it is spoken to in HTTP/2 and nothing else.</summary>
    public bool IsHttp2Only => _policy == HttpVersionPolicy.RequestVersionExact;

    /// <summary>Slots and streams open on it. Guarded by the factory.</summary>
    public int Users { get; set; }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, string target, CancellationToken cancellationToken)
    {
        if (message is not ClientMessage { VersionPolicy: not HttpVersionPolicy.RequestVersionOrLower })
        {
            message.Version = _version;
            message.VersionPolicy = _policy;
        }

        return SendToAsync(message, target, cancellationToken);
    }

    /// <summary>The same for a message that asks for a WebSocket, the other way in each version of HTTP: so it is not left to the handler to fall back.</summary>
    /// <exception cref="HttpRequestException">Also if the backend, spoken to in HTTP/2 only, has not said that it opens WebSockets over it (RFC 8441).</exception>
    public async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage message, WebSocketHandshake handshake, string target, CancellationToken cancellationToken)
    {
        message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var mayAskHttp2 = _version.Major >= 2 && handshake.HasKey && !_opensByHttp1;
        if (mayAskHttp2)
        {
            WebSocketHandshake.AskHttp2(message);
            message.Version = HttpVersion.Version20;
            try
            {
                return await SendToAsync(message, target, cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException exception) when (!IsHttp2Only && NeedsHttp1(exception))
            {
                // Nobody has taken it.
            }
        }

        handshake.AskHttp1(message);
        message.Version = HttpVersion.Version11;
        var response = await SendToAsync(message, target, cancellationToken).ConfigureAwait(false);

        // Not before: what failed may have been the network.
        _opensByHttp1 |= mayAskHttp2;
        return response;
    }

    public void Dispose()
    {
        Wire?.Dispose();
        _invoker.Dispose();
        if (_traced.IsValueCreated)
        {
            _traced.Value.Dispose();
        }
    }

    private Task<HttpResponseMessage> SendToAsync(HttpRequestMessage message, string target, CancellationToken cancellationToken)
    {
        message.RequestUri = _uris.Of(target);
        if (Backend.Host.Length > 0 && !message.Headers.NonValidated.Contains("Host"))
        {
            // TLS takes the server's name from it too.
            message.Headers.Host = Backend.Host;
        }

        if (message is not ClientMessage)
        {
            TraceContext.Write(message);
        }

        return (message is ClientMessage ? _traced.Value : _invoker).SendAsync(message, cancellationToken);
    }

    // Without the setting, or without HTTP/2: TLS says so by its choice, or, where HTTP/2 alone is offered, by its refusal.
    private static bool NeedsHttp1(HttpRequestException exception) =>
        exception.HttpRequestError is HttpRequestError.ExtendedConnectNotSupported or HttpRequestError.VersionNegotiationError
        || exception.Data.Contains("HTTP2_ENABLED");

    // Without a limit of its own: slots bound the calls at once, and their number may change while the handler's may not.
    private static SocketsHttpHandler CreateHandler(ConnectionOptions options, BackendTlsOptions tls, DistributedContextPropagator? propagator) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = propagator,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = options.ConnectTimeout,
        SslOptions = tls.ToClientOptions(),
        PooledConnectionIdleTimeout = options.IdleTimeout,
        PooledConnectionLifetime = options.MaxLifetime,

        // A body that nobody wants any more is broken off, not read to its end outside every limit.
        MaxResponseDrainSize = 0,

        // Header values are bytes: Latin-1 gives each back as it was, both ways.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };
}
