using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Express;

/// <summary>Who is at the other end of a connection.</summary>
internal sealed class ExpressConnection : ConnectionInfo
{
    private readonly ConnectionContext _connection;
    private readonly (IPAddress? Address, int Port) _remote;
    private readonly (IPAddress? Address, int Port) _local;

    public ExpressConnection(ConnectionContext connection)
    {
        _connection = connection;
        _remote = connection.RemoteEndPoint is IPEndPoint remote ? (remote.Address, remote.Port) : default;
        _local = connection.LocalEndPoint is IPEndPoint local ? (local.Address, local.Port) : default;
        Id = "";
        Reset();
    }

    public override string Id { get; set; }

    public override IPAddress? RemoteIpAddress { get; set; }

    public override int RemotePort { get; set; }

    public override IPAddress? LocalIpAddress { get; set; }

    public override int LocalPort { get; set; }

    /// <summary>Forgets what the request before has changed.</summary>
    public void Reset()
    {
        Id = _connection.ConnectionId;
        (RemoteIpAddress, RemotePort) = _remote;
        (LocalIpAddress, LocalPort) = _local;
    }

    public override X509Certificate2? ClientCertificate
    {
        get => _connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        set => throw new NotSupportedException("A connection's certificate is what the client has shown.");
    }

    public override Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken = default) =>
        _connection.Features.Get<ITlsConnectionFeature>()?.GetClientCertificateAsync(cancellationToken) ?? Task.FromResult<X509Certificate2?>(null);

    public override void RequestClose() => _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
}
