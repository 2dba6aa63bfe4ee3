using System.Net;
using System.Net.Sockets;

namespace AkkaPerf.Tests.Health;

/// <summary>A loopback port that refuses connections, and that nobody else gets meanwhile: bound, but not listening.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _bound = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Number => ((IPEndPoint)_bound.LocalEndPoint!).Port;

    public void Dispose() => _bound.Dispose();
}
