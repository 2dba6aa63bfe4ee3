using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A server that sees and says bytes; one request a connection.</summary>
internal sealed class RawOrigin : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<RawConnection, Task> _handle;
    private readonly Task _accepting;

    private RawOrigin(Func<RawConnection, Task> handle)
    {
        _handle = handle;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The heads of the requests, as they came.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    public static RawOrigin Start(Func<RawConnection, Task> handle) => new(handle);

    public static RawOrigin Answering(string response) => new(async connection =>
    {
        await connection.SendAsync(response);
        connection.Close();
    });

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = new RawConnection(socket);
        try
        {
            connection.Head = await connection.ReadHeadAsync();
            Heads.Enqueue(connection.Head);
            await _handle(connection);
        }
        catch (IOException)
        {
            // The proxy has gone, which is some tests' point.
        }
    }
}
