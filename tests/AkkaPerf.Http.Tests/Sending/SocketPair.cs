using System.Net;
using System.Net.Sockets;
using AkkaPerf.Http.Loops;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Sending;

/// <summary>Two ends of a connection that holds little on its way, so that a sender waits for its reader.</summary>
internal sealed class SocketPair : IDisposable
{
    private const int SmallBuffer = 4096;

    private SocketPair(Link sender, Socket reader)
    {
        Sender = sender;
        Reader = reader;
    }

    public Link Sender { get; }

    public Socket Reader { get; }

    public static async Task<SocketPair> OpenAsync(bool usesEventLoops)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var reader = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = SmallBuffer };
        await reader.ConnectAsync(listener.LocalEndPoint!);
        var sender = await listener.AcceptAsync();
        sender.SendBufferSize = SmallBuffer;
        return new SocketPair(Links.Of(sender, usesEventLoops), reader);
    }

    /// <summary>Reads exactly so much.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        var all = new byte[count];
        using var stream = new NetworkStream(Reader, ownsSocket: false);
        await stream.ReadExactlyAsync(all);
        return all;
    }

    public void Dispose()
    {
        Sender.Dispose();
        Reader.Dispose();
    }
}
