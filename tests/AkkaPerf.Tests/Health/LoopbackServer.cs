using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AkkaPerf.Tests.Health;

/// <summary>A raw server on loopback: answers each connection with the same bytes after reading a request's head, and keeps that head.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _response;
    private readonly Task _serving;
    private readonly List<Task> _connections = [];
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LoopbackServer(string response)
    {
        _response = Encoding.ASCII.GetBytes(response);
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public System.Collections.Concurrent.ConcurrentQueue<string> Heads { get; } = new();

    /// <summary>Completes when a request's head has arrived.</summary>
    public Task Asked => _asked.Task;

    public static LoopbackServer Answering(string response) => new(response);

    public static LoopbackServer Answering(int status, string headers = "", string body = "") =>
        new($"HTTP/1.1 {status} Whatever\r\nContent-Length: {body.Length}\r\n{headers}\r\n{body}");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        await Task.WhenAll(_connections);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            var head = new StringBuilder();
            var buffer = new byte[4096];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                var read = await stream.ReadAsync(buffer, _stop.Token);
                if (read == 0)
                {
                    return;
                }

                head.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }

            Heads.Enqueue(head.ToString());
            _asked.TrySetResult();
            await stream.WriteAsync(_response, _stop.Token);

            // Left open: what ends the connection is the probe.
            await stream.CopyToAsync(Stream.Null, _stop.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The probe may reset what it no longer wants to read.
        }
    }
}
