using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Http.Hosting;

namespace AkkaPerf.Http.Transport;

/// <summary>Gives out slots on one shared transport per backend: connecting, keep-alive and retirement are the transport's.</summary>
public sealed class HttpConnectionFactory : IConnectionFactory<HttpBackendConnection>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Backend, BackendTransport> _transports = [];
    private readonly BackendHttp _http;
    private readonly BackendTlsOptions _tls;
    private ConnectionOptions _options = new();

    /// <summary>Makes one whose backends are spoken to in HTTP/2 where TLS agrees on it, else in HTTP/1.1.</summary>
    public HttpConnectionFactory()
        : this(BackendHttp.Auto)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="http">What the backends are spoken to.</param>
    /// <param name="tls">How those with an https address are asked; null for the defaults.</param>
    public HttpConnectionFactory(BackendHttp http, BackendTlsOptions? tls = null)
    {
        _http = http;
        _tls = tls ?? new BackendTlsOptions();
    }

    /// <inheritdoc />
    public bool IsShared => true;

    /// <summary>Whether its plain connections are watched by event loops of our own, if the machine can.</summary>
    internal bool UsesEventLoops { get; init; }

    /// <inheritdoc />
    public void Use(ConnectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <inheritdoc />
    public ValueTask<HttpBackendConnection> OpenAsync(Backend backend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backend);
        lock (_gate)
        {
            if (!_transports.TryGetValue(backend, out var transport))
            {
                _transports.Add(backend, transport = new BackendTransport(backend, _options, _http, _tls, UsesEventLoops));
            }

            transport.Users++;
            return new(new HttpBackendConnection(transport, this));
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> IsUsableAsync(HttpBackendConnection connection, CancellationToken cancellationToken) => new(true);

    /// <inheritdoc />
    public ValueTask CloseAsync(HttpBackendConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Release(connection.Transport);
        return ValueTask.CompletedTask;
    }

    /// <summary>Keeps a transport beyond its slots, for a stream; whoever has a slot of it may call.</summary>
    internal IDisposable Hold(BackendTransport transport)
    {
        lock (_gate)
        {
            transport.Users++;
        }

        return new TransportHold(this, transport);
    }

    internal void Release(BackendTransport transport)
    {
        lock (_gate)
        {
            if (--transport.Users > 0)
            {
                return;
            }

            _transports.Remove(transport.Backend);
        }

        transport.Dispose();
    }
}
