using System.Net;
using System.Net.Sockets;
using AkkaPerf.Http.Loops;

namespace AkkaPerf.Http.Tests.Loops;

/// <summary>Two ends of a connection.</summary>
internal sealed class LoopPair(LoopSocket one, LoopSocket other) : IDisposable
{
    public LoopSocket One => one;

    public LoopSocket Other => other;

    public static async Task<LoopPair> OpenAsync(EventLoop? loop = null)
    {
        Skip.IfNot(EventLoops.AreSupported);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        var server = await listener.AcceptAsync();
        return new LoopPair(new LoopSocket(client, loop ?? EventLoops.Next()), new LoopSocket(server, loop ?? EventLoops.Next()));
    }

    public void Dispose()
    {
        one.Dispose();
        other.Dispose();
    }
}
