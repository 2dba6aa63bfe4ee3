using System.Net;
using System.Net.Sockets;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A port that is bound but does not listen: nobody else gets it, and whoever connects is refused.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public Uri Address => new($"http://{_socket.LocalEndPoint}");

    public void Dispose() => _socket.Dispose();
}
