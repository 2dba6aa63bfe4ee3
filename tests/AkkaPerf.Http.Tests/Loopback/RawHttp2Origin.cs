using System.Net.Sockets;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A server of HTTP/2 without TLS that answers each request as it is told, right or wrong.</summary>
internal sealed class RawHttp2Origin : IAsyncDisposable
{
    private readonly Func<RawHttp2, int, Task> _answer;
    private readonly AcceptLoop _loop;

    private RawHttp2Origin(Func<RawHttp2, int, Task> answer)
    {
        _answer = answer;
        _loop = new AcceptLoop(ServeAsync);
    }

    public Uri Address => _loop.Address;

    /// <summary>Starts one.</summary>
    /// <param name="answer">Answers the request of a stream.</param>
    public static RawHttp2Origin Start(Func<RawHttp2, int, Task> answer) => new(answer);

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

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
