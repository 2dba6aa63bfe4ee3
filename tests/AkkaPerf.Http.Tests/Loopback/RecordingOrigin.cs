using System.Net.Sockets;
using System.Text;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A server that keeps every byte that reaches it, and answers each head with an empty 200.</summary>
internal sealed class RecordingOrigin : IAsyncDisposable
{
    private static readonly byte[] Answer = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

    private readonly Lock _gate = new();
    private readonly StringBuilder _received = new();
    private readonly AcceptLoop _loop;

    public RecordingOrigin() => _loop = new AcceptLoop(RecordAsync);

    public Uri Address => _loop.Address;

    /// <summary>All that has come so far, over all connections.</summary>
    public string Received
    {
        get
        {
            lock (_gate)
            {
                return _received.ToString();
            }
        }
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task RecordAsync(Socket socket)
    {
        using (socket)
        {
            var buffer = new byte[4096];
            var last = "";
            try
            {
                int count;
                while ((count = await socket.ReceiveAsync(buffer)) > 0)
                {
                    var text = Encoding.Latin1.GetString(buffer, 0, count);
                    lock (_gate)
                    {
                        _received.Append(text);
                    }

                    last += text;
                    if (last.Contains("\r\n\r\n", StringComparison.Ordinal))
                    {
                        last = "";
                        await socket.SendAsync(Answer);
                    }
                }
            }
            catch (SocketException)
            {
                // The proxy has gone.
            }
        }
    }
}
