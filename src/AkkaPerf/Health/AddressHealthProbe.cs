using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Probes a backend by its address' scheme: http and https by <see cref="HttpHealthProbe"/>, tcp by <see cref="TcpHealthProbe"/>.</summary>
internal sealed class AddressHealthProbe : IHealthProbe, IDisposable
{
    private readonly HttpHealthProbe _http;
    private readonly TcpHealthProbe _tcp = new();

    /// <param name="path">Of HTTP probes, see <see cref="HealthOptions.Path"/>.</param>
    public AddressHealthProbe(string path) => _http = new HttpHealthProbe(path);

    public ValueTask<ProbeResult> ProbeAsync(Backend backend, CancellationToken cancellationToken) => backend.Address.Scheme switch
    {
        "http" or "https" => _http.ProbeAsync(backend, cancellationToken),
        "tcp" => _tcp.ProbeAsync(backend, cancellationToken),
        var scheme => ValueTask.FromResult(
            new ProbeResult(IsUp: false, $"no probe for the scheme '{scheme}': use http, https or tcp, or give a probe of your own")),
    };

    public void Dispose() => _http.Dispose();
}
