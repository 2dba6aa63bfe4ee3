using System.Net;
using System.Net.Sockets;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A server of HTTP/2 without TLS that answers each request as it is told, right or wrong.</summary>
internal sealed class RawHttp2Origin : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<RawHttp2, int, Task> _answer;
    private readonly Task _accepting;

    private RawHttp2Origin(Func<RawHttp2, int, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Starts one.</summary>
    /// <param name="answer">Answers the request of a stream.</param>
    public static RawHttp2Origin Start(Func<RawHttp2, int, Task> answer) => new(answer);

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
        try
        {
            using var connection = await RawHttp2.AcceptAsync(socket);
            while (await connection.ReadAsync() is { } frame)
            {
                if (frame.IsEnd)
                {
                    await _answer(connection, frame.Stream);
                }
            }
        }
        catch (IOException)
        {
            // The proxy has gone.
        }
    }
}
