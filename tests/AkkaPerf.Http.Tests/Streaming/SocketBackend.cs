using System.Security.Cryptography.X509Certificates;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Gateway;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>A backend of one kind, and what is needed to speak to it.</summary>
internal sealed class SocketBackend : IAsyncDisposable
{
    private readonly BackendKind _kind;
    private readonly Certificates _certificates = new();
    private readonly X509Certificate2 _certificate;
    private Origin _origin = null!;

    private SocketBackend(BackendKind kind)
    {
        _kind = kind;
        _certificate = X509Certificate2.CreateFromPemFile(_certificates.Write("origin", "127.0.0.1"));
    }

    public static async Task<SocketBackend> StartAsync(BackendKind kind, RequestDelegate handle)
    {
        var backend = new SocketBackend(kind);
        backend._origin = await Origin.StartAsync(handle, isHttp2: kind != BackendKind.Http1, kind == BackendKind.Tls ? backend._certificate : null);
        return backend;
    }

    /// <summary>A proxy to it, and to others before it.</summary>
    public Task<Proxy> ProxyAsync(TimeProvider? time = null, string hocon = "", params Uri[] others) => Proxy.ToAsync(
        hocon,
        http =>
        {
            http.BackendHttp = _kind == BackendKind.Http2 ? BackendHttp.Http2 : BackendHttp.Auto;
            http.BackendTls.RootsFile = _certificates.RootsFile;
            http.Time = time ?? http.Time;
        },
        [.. others, _origin.Address]);

    public async ValueTask DisposeAsync()
    {
        await _origin.DisposeAsync();
        _certificate.Dispose();
        _certificates.Dispose();
    }
}
