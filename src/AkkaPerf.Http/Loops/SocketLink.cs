using System.Net;
using System.Net.Sockets;

namespace AkkaPerf.Http.Loops;

/// <summary>A connection that the runtime watches.</summary>
internal sealed class SocketLink(Socket socket) : Link
{
    public override bool IsReadable => IsReadableNow(socket);

    // Each receive looks.
    public override bool IsSettled => true;

    /// <summary>Connects; every address of a name is tried.</summary>
    /// <exception cref="SocketException">It could not.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public static async ValueTask<SocketLink> ConnectAsync(DnsEndPoint address, CancellationToken cancellationToken)
    {
        // Of both families.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new SocketLink(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> memory, CancellationToken cancellationToken = default) => socket.ReceiveAsync(memory, SocketFlags.None, cancellationToken);

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> memory, CancellationToken cancellationToken = default) => socket.SendAsync(memory, SocketFlags.None, cancellationToken);

    public override void Rest()
    {
    }

    public override void Look()
    {
    }

    public override void Dispose() => socket.Dispose();
}
