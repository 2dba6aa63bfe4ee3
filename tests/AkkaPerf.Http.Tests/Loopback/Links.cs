using System.Net;
using System.Net.Sockets;
using AkkaPerf.Http.Loops;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>Connections as the proxy has them.</summary>
internal static class Links
{
    /// <summary>Takes a socket over with which nothing was asynchronously done.</summary>
    public static Link Of(Socket socket, bool usesEventLoops) =>
        usesEventLoops && EventLoops.AreSupported ? new LoopSocket(socket, EventLoops.Next()) : new SocketLink(socket);

    public static async Task<Link> ConnectAsync(IPEndPoint address, bool usesEventLoops)
    {
        var name = new DnsEndPoint(address.Address.ToString(), address.Port);
        return usesEventLoops && EventLoops.AreSupported
            ? await LoopSocket.ConnectAsync(name, CancellationToken.None)
            : await SocketLink.ConnectAsync(name, CancellationToken.None);
    }
}
