using System.Net;
using System.Security.Cryptography;
using System.Text;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Streaming;

/// <summary>A client's wish for a WebSocket, over HTTP/1.1 (RFC 6455) or HTTP/2 (RFC 8441), and what it is to the backend, over either.</summary>
internal sealed class WebSocketHandshake
{
    private const string Protocol = "websocket";
    private const string KeyHeader = "Sec-WebSocket-Key";
    private const string AcceptHeader = "Sec-WebSocket-Accept";
    private const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyBytes = 16;
    private const int KeyLength = 24;

    // The client's over HTTP/1.1; ours for a client of HTTP/2, which has none.
    private readonly string _key;
    private readonly bool _isHttp2;

    private WebSocketHandshake(string key, bool isHttp2)
    {
        _key = key;
        _isHttp2 = isHttp2;
    }

    /// <summary>Whether a backend of HTTP/2 can be asked: it sees no key, so that it could refuse a wrong one.</summary>
    public bool HasKey
    {
        get
        {
            Span<byte> bytes = stackalloc byte[KeyBytes];
            return _key.Length == KeyLength && Convert.TryFromBase64String(_key, bytes, out var count) && count == KeyBytes;
        }
    }

    /// <summary>Reads it off a request; null if that asks for no WebSocket.</summary>
    public static WebSocketHandshake? Of(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsConnect(request.Method))
        {
            return IsExtendedConnect(context) ? new WebSocketHandshake(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)), isHttp2: true) : null;
        }

        // Whoever does not say Connection: upgrade, or sends a body, or another method, has asked for nothing (RFC 9110, section 7.8).
        return request.Headers.Upgrade.Count > 0
            && HttpMethods.IsGet(request.Method)
            && HopByHop.HasToken(request.Headers.Upgrade, Protocol)
            && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            ? new WebSocketHandshake(request.Headers.SecWebSocketKey.ToString(), isHttp2: false)
            : null;
    }

    public static bool IsExtendedConnect(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: { } protocol }
        && protocol.Equals(Protocol, StringComparison.OrdinalIgnoreCase);

    /// <summary>Makes a message, asked before in either way or not, one that asks over HTTP/1.1.</summary>
    public void AskHttp1(HttpRequestMessage message)
    {
        message.Method = HttpMethod.Get;
        message.Headers.Protocol = null;
        Set(message, "Connection", "Upgrade");
        Set(message, "Upgrade", Protocol);
        if (_isHttp2 || HasKey)
        {
            Set(message, KeyHeader, _key);
        }
    }

    /// <summary>Makes a message one that asks over HTTP/2.</summary>
    public static void AskHttp2(HttpRequestMessage message)
    {
        message.Method = HttpMethod.Connect;
        message.Headers.Protocol = Protocol;
        message.Headers.Remove("Connection");
        message.Headers.Remove("Upgrade");
        message.Headers.Remove(KeyHeader);

        // It has none, and the transport sends what goes through the tunnel in its place.
        message.Content = null;
    }

    /// <summary>Whether the backend opened the WebSocket; false if it answered something else, which passes.</summary>
    /// <exception cref="HttpRequestException">It switched to something else, or its answer would be taken for consent.</exception>
    public bool IsAccepted(HttpResponseMessage response)
    {
        if (IsOfHttp2(response))
        {
            return IsOpened(response);
        }

        if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            // Over HTTP/2 any success means that the tunnel is open.
            return _isHttp2 && response.IsSuccessStatusCode
                ? throw new HttpRequestException("The backend answered a WebSocket as if it were none.")
                : false;
        }

        return IsSwitched(response) && (!_isHttp2 || IsSealed(response))
            ? true
            : throw new HttpRequestException("The backend switched to another protocol than asked for.");
    }

    /// <summary>Answers the client; gives its end of the tunnel.</summary>
    public async Task<Stream> AcceptAsync(HttpContext context, HttpResponseMessage response)
    {
        ResponseHead.Write(new MessageResponse(response), context.Response);
        var headers = context.Response.Headers;
        if (_isHttp2)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            headers.Remove(AcceptHeader);
            return await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync().ConfigureAwait(false);
        }

        headers.Upgrade = Protocol;
        if (IsOfHttp2(response))
        {
            headers[AcceptHeader] = Seal(_key);
        }

        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync().ConfigureAwait(false);
    }

    private static bool IsOfHttp2(HttpResponseMessage response) => response.Version.Major >= 2;

    // Any success opens the tunnel (RFC 8441, section 5), but the transport knows only the one that everybody sends.
    private static bool IsOpened(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.OK
        || (response.IsSuccessStatusCode ? throw new HttpRequestException("The backend opened a WebSocket in a way that is not understood.") : false);

    private static bool IsSwitched(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Upgrade", out var upgrade) && upgrade.ToString().Trim().Equals(Protocol, StringComparison.OrdinalIgnoreCase);

    private static void Set(HttpRequestMessage message, string name, string value)
    {
        message.Headers.Remove(name);
        message.Headers.TryAddWithoutValidation(name, value);
    }

    // RFC 6455, section 4.2.2.
#pragma warning disable CA5350 // Not for secrecy: the RFC wants it.
    private static string Seal(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));
#pragma warning restore CA5350

    private bool IsSealed(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues(AcceptHeader, out var accept) && accept.ToString() == Seal(_key);
}
