using System.Net.Security;
using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Probes a backend as <c>health.probe</c> says, or by its address' scheme: http and https by HTTP, tcp by TCP.</summary>
internal sealed class AddressHealthProbe : IHealthProbe, IDisposable
{
    private readonly ProbeKind _kind;
    private readonly HttpHealthProbe _http;
    private readonly GrpcHealthProbe _grpc;
    private readonly TcpHealthProbe _tcp = new();

    public AddressHealthProbe(HealthOptions options, SslClientAuthenticationOptions? tls = null)
    {
        _kind = options.Probe;
        _http = new HttpHealthProbe(options.Path, options.Statuses, options.Body, tls);
        _grpc = new GrpcHealthProbe(options.Service, tls);
    }

    public ValueTask<ProbeResult> ProbeAsync(Backend backend, CancellationToken cancellationToken) => (_kind, backend.Address.Scheme) switch
    {
        (ProbeKind.Auto or ProbeKind.Http, "http" or "https") => _http.ProbeAsync(backend, cancellationToken),
        (ProbeKind.Grpc, "http" or "https") => _grpc.ProbeAsync(backend, cancellationToken),
        (ProbeKind.Auto, "tcp") or (ProbeKind.Tcp, _) => _tcp.ProbeAsync(backend, cancellationToken),
        (ProbeKind.Auto, var scheme) => ValueTask.FromResult(
            new ProbeResult(IsUp: false, $"no probe for the scheme '{scheme}': use http, https or tcp, or give a probe of your own")),
        (var kind, var scheme) => ValueTask.FromResult(
            new ProbeResult(IsUp: false, $"an address with the scheme '{scheme}' cannot be probed by {(kind == ProbeKind.Grpc ? "gRPC" : "HTTP")}: use http or https")),
    };

    public void Dispose()
    {
        _http.Dispose();
        _grpc.Dispose();
    }
}
