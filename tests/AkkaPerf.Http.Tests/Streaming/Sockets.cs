using System.Net.WebSockets;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>WebSockets as applications use them.</summary>
internal static class Sockets
{
    public static async Task<ClientWebSocket> OpenAsync(Proxy proxy, bool isHttp2, string path = "/", Action<ClientWebSocketOptions>? configure = null)
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
        var invoker = isHttp2 ? new HttpMessageInvoker(new SocketsHttpHandler()) : null;
        await socket.ConnectAsync(new Uri($"ws://{address.Authority}{path}"), invoker, CancellationToken.None);
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
}
