using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Health;

namespace AkkaPerf.Pipeline;

/// <summary>Probes a backend by opening a connection and closing it.</summary>
internal sealed class ConnectionProbe<TConnection> : IHealthProbe
    where TConnection : class
{
    private readonly IConnectionFactory<TConnection> _factory;

    public ConnectionProbe(IConnectionFactory<TConnection> factory) => _factory = factory;

    public async ValueTask<ProbeResult> ProbeAsync(Backend backend, CancellationToken cancellationToken)
    {
        var connection = await _factory.OpenAsync(backend, cancellationToken).ConfigureAwait(false);
        await _factory.CloseAsync(connection).ConfigureAwait(false);
        return new ProbeResult(IsUp: true, "connected");
    }
}
