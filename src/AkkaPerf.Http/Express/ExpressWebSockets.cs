using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Express;

/// <summary>Says that nobody asks for a WebSocket: who does is the server's.</summary>
internal sealed class ExpressWebSockets : WebSocketManager
{
    public static readonly ExpressWebSockets Instance = new();

    public override bool IsWebSocketRequest => false;

    public override IList<string> WebSocketRequestedProtocols => [];

    public override Task<WebSocket> AcceptWebSocketAsync(string? subProtocol) =>
        throw new InvalidOperationException("The request asks for no WebSocket.");
}
