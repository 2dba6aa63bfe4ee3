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

    public ExpressConnection(ConnectionContext connection)
    {
        _connection = connection;
        Id = connection.ConnectionId;
        if (connection.RemoteEndPoint is IPEndPoint remote)
        {
            (RemoteIpAddress, RemotePort) = (remote.Address, remote.Port);
        }

        if (connection.LocalEndPoint is IPEndPoint local)
        {
            (LocalIpAddress, LocalPort) = (local.Address, local.Port);
        }
    }

    public override string Id { get; set; }

    public override IPAddress? RemoteIpAddress { get; set; }

    public override int RemotePort { get; set; }

    public override IPAddress? LocalIpAddress { get; set; }

    public override int LocalPort { get; set; }

    public override X509Certificate2? ClientCertificate
    {
        get => _connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        set => throw new NotSupportedException("A connection's certificate is what the client has shown.");
    }

    public override Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken = default) =>
        _connection.Features.Get<ITlsConnectionFeature>()?.GetClientCertificateAsync(cancellationToken) ?? Task.FromResult<X509Certificate2?>(null);

    public override void RequestClose() => _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
}
