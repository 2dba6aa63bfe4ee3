using System.Collections.Concurrent;
using System.Net.Sockets;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Transport.Wire;

/// <summary>A backend whose connections carry as many exchanges as a test wants; they are counted, and closed with it.</summary>
internal sealed class WireServer : IAsyncDisposable
{
    private readonly Func<RawConnection, int, Task> _serve;
    private readonly AcceptLoop _loop;
    private readonly ConcurrentQueue<RawConnection> _connections = [];
    private int _count;

    /// <param name="serve">Serves a connection, the first of which has number 1; it goes on as long as the connection does.</param>
    public WireServer(Func<RawConnection, int, Task> serve)
    {
        _serve = serve;
        _loop = new AcceptLoop(ServeAsync);
    }

    public Uri Address => _loop.Address;

    public int Connections => Volatile.Read(ref _count);

    /// <summary>One that answers every request so.</summary>
    public static WireServer Answering(string response) => new(async (connection, _) =>
    {
        while (true)
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(response);
        }
    });

    /// <summary>One that answers a request so and waits for the end of its connection.</summary>
    /// <param name="response">What it says.</param>
    /// <param name="closed">Ends when the other end has closed it.</param>
    public static WireServer AnsweringOnce(string response, out Task closed)
    {
        var isClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        closed = isClosed.Task;
        return new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(response);
            await connection.CountToEndAsync();
            isClosed.SetResult();
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var connection = new RawConnection(socket);
        _connections.Enqueue(connection);
        try
        {
            await _serve(connection, Interlocked.Increment(ref _count));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The other end has gone, or the test is over.
        }
    }
}
