using System.Security.Cryptography;
using System.Text;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Streaming;

/// <summary>A client's wish for a WebSocket, over HTTP/1.1 (RFC 6455) or HTTP/2 (RFC 8441), and what it is to the backend: always the former.</summary>
internal sealed class WebSocketHandshake
{
    private const string Protocol = "websocket";
    private const string KeyHeader = "Sec-WebSocket-Key";
    private const string AcceptHeader = "Sec-WebSocket-Accept";
    private const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    // Ours, for a client of HTTP/2, which has none; null: the client's own goes on, and it checks the answer.
    private readonly string? _key;

    private WebSocketHandshake(string? key) => _key = key;

    private bool IsHttp2 => _key is not null;

    /// <summary>Reads it off a request; null if that asks for no WebSocket.</summary>
    public static WebSocketHandshake? Of(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsConnect(request.Method))
        {
            return IsExtendedConnect(context) ? new WebSocketHandshake(Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))) : null;
        }

        // Whoever does not say Connection: upgrade, or sends a body, or another method, has asked for nothing (RFC 9110, section 7.8).
        return request.Headers.Upgrade.Count > 0
            && HttpMethods.IsGet(request.Method)
            && HopByHop.HasToken(request.Headers.Upgrade, Protocol)
            && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            ? new WebSocketHandshake(key: null)
            : null;
    }

    public static bool IsExtendedConnect(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: { } protocol }
        && protocol.Equals(Protocol, StringComparison.OrdinalIgnoreCase);

    /// <summary>Makes a forwarded request one that asks for a WebSocket.</summary>
    public void Complete(HttpRequestMessage message)
    {
        message.Method = HttpMethod.Get;
        message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        message.Headers.TryAddWithoutValidation("Upgrade", Protocol);
        if (IsHttp2)
        {
            message.Headers.Remove(KeyHeader);
            message.Headers.TryAddWithoutValidation(KeyHeader, _key);
        }
    }

    /// <summary>Whether the backend opened the WebSocket; false if it answered something else, which passes.</summary>
    /// <exception cref="HttpRequestException">It switched to something else, or its answer would be taken for consent.</exception>
    public bool IsAccepted(HttpResponseMessage response)
    {
        if (response.StatusCode != System.Net.HttpStatusCode.SwitchingProtocols)
        {
            // Over HTTP/2 any success means that the tunnel is open.
            return IsHttp2 && response.IsSuccessStatusCode
                ? throw new HttpRequestException("The backend answered a WebSocket as if it were none.")
                : false;
        }

        return IsSwitched(response) && (_key is null || IsSealed(response, _key))
            ? true
            : throw new HttpRequestException("The backend switched to another protocol than asked for.");
    }

    /// <summary>Answers the client; gives its end of the tunnel.</summary>
    public async Task<Stream> AcceptAsync(HttpContext context, HttpResponseMessage response)
    {
        ResponseHead.Write(new MessageResponse(response), context.Response);
        if (IsHttp2)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.Headers.Remove(AcceptHeader);
            return await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync().ConfigureAwait(false);
        }

        context.Response.Headers.Upgrade = Protocol;
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync().ConfigureAwait(false);
    }

    private static bool IsSwitched(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Upgrade", out var upgrade) && upgrade.ToString().Trim().Equals(Protocol, StringComparison.OrdinalIgnoreCase);

    // RFC 6455, section 4.1.
    private static bool IsSealed(HttpResponseMessage response, string key) =>
        response.Headers.NonValidated.TryGetValues(AcceptHeader, out var accept)
#pragma warning disable CA5350 // Not for secrecy: the RFC wants it.
        && accept.ToString() == Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));
#pragma warning restore CA5350
}
