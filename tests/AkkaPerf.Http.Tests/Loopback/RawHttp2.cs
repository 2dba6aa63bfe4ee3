using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A client or server of HTTP/2 that sends whatever it is told, right or wrong.</summary>
internal sealed class RawHttp2 : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly Stream _stream;

    private RawHttp2(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    /// <summary>Opens one, in cleartext unless it is said how TLS is to be spoken.</summary>
    public static async Task<RawHttp2> OpenAsync(Uri address, SslClientAuthenticationOptions? tls = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        if (tls is not null)
        {
            tls.ApplicationProtocols = [SslApplicationProtocol.Http2];
        }

        var connection = new RawHttp2(socket, await RawConnection.StreamOfAsync(socket, address, tls));
        await connection._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await connection.SendAsync(new Http2Frame(Http2Frame.Settings, Flags: 0, Stream: 0, []));
        return connection;
    }

    /// <summary>Takes the part of the server on a connection that a client has opened.</summary>
    public static async Task<RawHttp2> AcceptAsync(Socket socket)
    {
        var connection = new RawHttp2(socket, new NetworkStream(socket, ownsSocket: true));
        await connection._stream.ReadExactlyAsync(new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.Length]);
        await connection.SendAsync(new Http2Frame(Http2Frame.Settings, Flags: 0, Stream: 0, []));
        return connection;
    }

    /// <summary>Names and values as they are, Latin-1, each a literal that is not indexed (RFC 7541, section 6.2.2).</summary>
    public static byte[] Encode(IEnumerable<(string Name, string Value)> headers)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            block.WriteByte(0);
            WriteText(block, name);
            WriteText(block, value);
        }

        return block.ToArray();
    }

    public Task SendHeadersAsync(int stream, bool isEnd, params (string Name, string Value)[] headers) =>
        SendAsync(new Http2Frame(Http2Frame.Headers, (byte)(Http2Frame.EndHeaders | (isEnd ? Http2Frame.EndStream : 0)), stream, Encode(headers)));

    public Task SendDataAsync(int stream, bool isEnd, string data) =>
        SendAsync(new Http2Frame(Http2Frame.Data, isEnd ? Http2Frame.EndStream : (byte)0, stream, Encoding.Latin1.GetBytes(data)));

    public async Task SendAsync(Http2Frame frame)
    {
        var bytes = new byte[9 + frame.Payload.Length];
        bytes[0] = (byte)(frame.Payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(1), (ushort)frame.Payload.Length);
        bytes[3] = frame.Type;
        bytes[4] = frame.Flags;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), frame.Stream);
        frame.Payload.CopyTo(bytes, 9);
        await _stream.WriteAsync(bytes);
    }

    /// <summary>The next frame; null at the connection's end.</summary>
    public async Task<Http2Frame?> ReadAsync()
    {
        using var timeout = new CancellationTokenSource(Limit);
        var head = new byte[9];
        try
        {
            if (await _stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, timeout.Token) < head.Length)
            {
                return null;
            }

            var payload = new byte[(head[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1))];
            await _stream.ReadExactlyAsync(payload, timeout.Token);
            return new Http2Frame(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads until something is said of a stream, or of the whole connection; null at its end.</summary>
    public async Task<Http2Frame?> ReadOfAsync(int stream)
    {
        Http2Frame? frame;
        do
        {
            frame = await ReadAsync();
        }
        while (frame is not null && frame.Type != Http2Frame.GoAway && (frame.Stream != stream || frame.Type == Http2Frame.WindowUpdate));
        return frame;
    }

    /// <summary>Closes with a reset.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _stream.Dispose();

    private static void WriteText(MemoryStream block, string text)
    {
        const int Prefix = 127;
        var length = text.Length;
        block.WriteByte((byte)Math.Min(length, Prefix));
        if (length >= Prefix)
        {
            for (length -= Prefix; length >= 128; length >>= 7)
            {
                block.WriteByte((byte)((length & 127) | 128));
            }

            block.WriteByte((byte)length);
        }

        block.Write(Encoding.Latin1.GetBytes(text));
    }
}
