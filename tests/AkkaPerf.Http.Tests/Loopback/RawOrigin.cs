using System.Collections.Concurrent;
using System.Net.Sockets;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A server that sees and says bytes; one request a connection.</summary>
internal sealed class RawOrigin : IAsyncDisposable
{
    private readonly Func<RawConnection, Task> _handle;
    private readonly AcceptLoop _loop;

    private RawOrigin(Func<RawConnection, Task> handle)
    {
        _handle = handle;
        _loop = new AcceptLoop(ServeAsync);
    }

    /// <summary>The heads of the requests, as they came.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    public Uri Address => _loop.Address;

    public static RawOrigin Start(Func<RawConnection, Task> handle) => new(handle);

    public static RawOrigin Answering(string response) => new(async connection =>
    {
        await connection.SendAsync(response);
        connection.Close();
    });

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

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
