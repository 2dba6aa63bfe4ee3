using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>One end of a connection, in Latin-1 so that a character is a byte.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly Stream _stream;

    public RawConnection(Socket socket)
        : this(socket, new NetworkStream(socket, ownsSocket: true))
    {
    }

    private RawConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    public string Head { get; set; } = "";

    /// <summary>Opens one, in cleartext unless it is said how TLS is to be spoken.</summary>
    public static async Task<RawConnection> OpenAsync(Uri address, SslClientAuthenticationOptions? tls = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        return new RawConnection(socket, await StreamOfAsync(socket, address, tls));
    }

    /// <summary>What is written to and read from on a socket: its bytes, or what TLS makes of them.</summary>
    public static async Task<Stream> StreamOfAsync(Socket socket, Uri address, SslClientAuthenticationOptions? tls)
    {
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (tls is null)
        {
            return plain;
        }

        var secured = new SslStream(plain);
        tls.TargetHost = address.Host;
        await secured.AuthenticateAsClientAsync(tls);
        return secured;
    }

    /// <summary>Sends one request and reads until the server closes.</summary>
    public static async Task<string> AskAsync(Uri address, string request)
    {
        using var connection = await OpenAsync(address);
        await connection.SendAsync(request);
        return await connection.ReadToEndAsync();
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes);

    /// <summary>Reads a head, up to and with its empty line, and not a byte more.</summary>
    public Task<string> ReadHeadAsync() => ReadThroughAsync("\r\n\r\n");

    /// <summary>Reads up to and with a text.</summary>
    public async Task<string> ReadThroughAsync(string end)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        using var timeout = new CancellationTokenSource(Limit);
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            if (await _stream.ReadAsync(one, timeout.Token) == 0)
            {
                throw new IOException($"Ended after: {text}");
            }

            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    /// <summary>Reads what there is, once there is something.</summary>
    public async Task<string> ReadOnceAsync()
    {
        var buffer = new byte[64 * 1024];
        using var timeout = new CancellationTokenSource(Limit);
        return Encoding.Latin1.GetString(buffer, 0, await _stream.ReadAsync(buffer, timeout.Token));
    }

    /// <summary>Reads exactly so much, and forgets it.</summary>
    public async Task SkipAsync(int count)
    {
        using var timeout = new CancellationTokenSource(Limit);
        await _stream.ReadExactlyAsync(new byte[count], timeout.Token);
    }

    public Task<string> ReadToEndAsync() => ReadToEndAsync(Limit);

    public async Task<string> ReadToEndAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        using var all = new MemoryStream();
        await _stream.CopyToAsync(all, timeout.Token);
        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>Reads and forgets until the other end closes; how many bytes there were.</summary>
    public async Task<long> CountToEndAsync()
    {
        var buffer = new byte[64 * 1024];
        var total = 0L;
        using var timeout = new CancellationTokenSource(Limit);
        int count;
        while ((count = await _stream.ReadAsync(buffer, timeout.Token)) > 0)
        {
            total += count;
        }

        return total;
    }

    /// <summary>Says that no more comes, and goes on listening.</summary>
    public void Close() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _stream.Dispose();
}
