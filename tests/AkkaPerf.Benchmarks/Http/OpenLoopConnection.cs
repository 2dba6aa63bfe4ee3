using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>A keep-alive connection that has one request under way at most.</summary>
internal sealed class OpenLoopConnection : IDisposable
{
    private readonly byte[] _request;
    private readonly Action<OpenLoopConnection, TimeSpan, int> _onAnswered;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    // Written before the request is sent, read after its answer has come.
    private TimeSpan _due;

    public OpenLoopConnection(Uri address, byte[] request, Action<OpenLoopConnection, TimeSpan, int> onAnswered)
    {
        _request = request;
        _onAnswered = onAnswered;
        _socket.Connect(IPAddress.Loopback, address.Port);
        _ = ReadAsync();
    }

    public void Send(TimeSpan due)
    {
        _due = due;
        _socket.Send(_request);
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var status = await ReadAnswerAsync();
                _onAnswered(this, _due, status);
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
        {
            // The end.
        }
        catch (Exception exception)
        {
            // Its requests stay open, and so count as faults.
            await Console.Error.WriteLineAsync(exception.Message);
        }
    }

    private async ValueTask<int> ReadAnswerAsync()
    {
        var length = -1;
        for (var filled = 0; length < 0 || filled < length;)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(filled));
            if (read == 0)
            {
                throw new IOException("The server has closed a connection.");
            }

            filled += read;
            length = length < 0 ? WholeLength(_buffer.AsSpan(0, filled)) : length;
        }

        return Utf8Parser.TryParse(_buffer.AsSpan("HTTP/1.1 ".Length), out int status, out _) ? status : 0;
    }

    // Of the head and the body; below zero while the head is not whole.
    private static int WholeLength(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return -1;
        }

        const string Name = "\r\nContent-Length: ";
        for (var rest = answer[..head]; rest.Length > Name.Length; rest = rest[2..])
        {
            var line = rest.IndexOf("\r\n"u8);
            if (line < 0)
            {
                break;
            }

            rest = rest[line..];
            if (rest.Length > Name.Length && Ascii.EqualsIgnoreCase(rest[..Name.Length], Name) && Utf8Parser.TryParse(rest[Name.Length..], out int length, out _))
            {
                return head + 4 + length;
            }
        }

        throw new InvalidOperationException("An answer does not say how long it is.");
    }
}
