using System.Net.Sockets;

namespace AkkaPerf.Http.Loops;

/// <summary>A connection's bytes, both ways. One reader and one writer at a time; any thread may close it.</summary>
internal abstract class Link : IDisposable
{
    /// <summary>Whether something may have come, or the end; for one that nobody reads.</summary>
    public abstract bool IsReadable { get; }

    /// <summary>Whether everything that had come when it was <see cref="Rest"/>ed is known by now.</summary>
    public abstract bool IsSettled { get; }

    /// <summary>Begins a time in which nobody reads it.</summary>
    public abstract void Rest();

    /// <summary>Has the next receive look for itself, whatever is known.</summary>
    public abstract void Look();

    /// <summary>Receives some bytes, 0 at the end; into no memory: waits until there may be some.</summary>
    /// <exception cref="SocketException">The connection has broken, or is closed meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> memory, CancellationToken cancellationToken = default);

    /// <summary>Sends bytes, all of them unless it says less; how many.</summary>
    /// <exception cref="SocketException">The connection has broken, or is closed meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> memory, CancellationToken cancellationToken = default);

    /// <summary>Closes it: whoever waits ends with an exception.</summary>
    public abstract void Dispose();

    /// <summary>Asks the system whether there is something to read, the end of it or an error.</summary>
    protected static bool IsReadableNow(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }
}
