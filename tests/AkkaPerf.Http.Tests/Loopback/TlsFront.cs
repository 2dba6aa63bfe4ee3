using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>TLS in front of servers without it, one for each version of HTTP that it offers.</summary>
internal sealed class TlsFront : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly Dictionary<SslApplicationProtocol, Uri> _servers = [];
    private readonly AcceptLoop _loop;
    private int _count;

    /// <summary>Starts one.</summary>
    /// <param name="certificate">What it shows.</param>
    /// <param name="http1">Who serves HTTP/1.1.</param>
    /// <param name="http2">Who serves HTTP/2; null: it is not offered.</param>
    public TlsFront(X509Certificate2 certificate, Uri http1, Uri? http2)
    {
        _certificate = certificate;
        if (http2 is not null)
        {
            _servers.Add(SslApplicationProtocol.Http2, http2);
        }

        _servers.Add(SslApplicationProtocol.Http11, http1);
        _loop = new AcceptLoop(ServeAsync);
    }

    public Uri Address => new UriBuilder(_loop.Address) { Scheme = Uri.UriSchemeHttps }.Uri;

    /// <summary>Connections accepted, whatever became of them.</summary>
    public int Count => Volatile.Read(ref _count);

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task ServeAsync(Socket socket)
    {
        Interlocked.Increment(ref _count);
        await using var client = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await client.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [.. _servers.Keys] });
            var address = _servers[client.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11];
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(address.Host, address.Port);
            await using var server = tcp.GetStream();
            await Task.WhenAny(client.CopyToAsync(server), server.CopyToAsync(client));
        }
        catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
        {
            // No version in common, which is some tests' point, or gone.
        }
    }
}
