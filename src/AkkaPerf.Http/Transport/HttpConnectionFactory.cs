using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Http.Hosting;

namespace AkkaPerf.Http.Transport;

/// <summary>Gives out slots on one shared transport per backend: connecting, keep-alive and retirement are the transport's.</summary>
public sealed class HttpConnectionFactory : IConnectionFactory<HttpBackendConnection>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Backend, BackendTransport> _transports = [];
    private readonly BackendTlsOptions _tls;
    private ConnectionOptions _options = new();

    /// <summary>Creates a factory.</summary>
    /// <param name="tls">How backends with an https address are asked; null for the defaults.</param>
    public HttpConnectionFactory(BackendTlsOptions? tls = null) => _tls = tls ?? new BackendTlsOptions();

    /// <inheritdoc />
    public bool IsShared => true;

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
                _transports.Add(backend, transport = new BackendTransport(backend, _options, _tls));
            }

            transport.Slots++;
            return new(new HttpBackendConnection(transport));
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> IsUsableAsync(HttpBackendConnection connection, CancellationToken cancellationToken) => new(true);

    /// <inheritdoc />
    public ValueTask CloseAsync(HttpBackendConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var transport = connection.Transport;
        lock (_gate)
        {
            if (--transport.Slots > 0)
            {
                return ValueTask.CompletedTask;
            }

            _transports.Remove(transport.Backend);
        }

        transport.Dispose();
        return ValueTask.CompletedTask;
    }
}
