using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>WebSockets as applications use them.</summary>
internal static class Sockets
{
    public static async Task<ClientWebSocket> OpenAsync(
        Proxy proxy, bool isHttp2, string path = "/", Action<ClientWebSocketOptions>? configure = null, SslClientAuthenticationOptions? tls = null)
    {
        var socket = new ClientWebSocket();
        var address = isHttp2 ? proxy.Http2Address : proxy.Address;
        if (isHttp2)
        {
            socket.Options.HttpVersion = System.Net.HttpVersion.Version20;
            socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        configure?.Invoke(socket.Options);

        // The client keeps the connection only as long as its handler lives.
        var invoker = isHttp2 || tls is not null ? new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = tls }) : null;
        await socket.ConnectAsync(new Uri($"{(tls is null ? "ws" : "wss")}://{address.Authority}{path}"), invoker, CancellationToken.None);
        return socket;
    }

    /// <summary>Sends back what comes until the client closes.</summary>
    public static Task EchoAsync(HttpContext context) => EchoAsync(context, resetAt: -1);

    /// <summary>The same, but breaks off once that many bytes have come.</summary>
    public static async Task EchoAsync(HttpContext context, int resetAt)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[16 * 1024];
        var total = 0;
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (got.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);
                return;
            }

            total += got.Count;
            if (resetAt >= 0 && total >= resetAt)
            {
                context.Abort();
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, got.Count), got.MessageType, got.EndOfMessage, context.RequestAborted);
        }
    }

    /// <summary>Waits until no stream is open and nothing is held.</summary>
    public static async Task NothingOpenAsync(Proxy proxy)
    {
        await proxy.IdleAsync();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Streams == 0, "no stream is open");
    }

    /// <summary>Receives that many bytes.</summary>
    public static async Task<byte[]> ReceiveAsync(WebSocket socket, int count)
    {
        var all = new byte[count];
        for (var at = 0; at < count;)
        {
            var got = await socket.ReceiveAsync(all.AsMemory(at), CancellationToken.None);
            Assert.NotEqual(WebSocketMessageType.Close, got.MessageType);
            at += got.Count;
        }

        return all;
    }

    /// <summary>What a server answers to a key (RFC 6455, section 4.2.2).</summary>
#pragma warning disable CA5350 // Not for secrecy: the RFC wants it.
    public static string Seal(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
}
