using System.Buffers;
using AkkaPerf.Http.Express;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>Finds and refuses requests that the server lets in but another reader may understand differently (RFC 9112, section 11.2).</summary>
/// <remarks>
/// Most of them the server refuses itself. What it repairs, such as a length beside chunks, or tolerates, such as a name that is no token, is
/// refused here: a repaired request is one that somebody on its way may have read in the other way.
/// </remarks>
internal static class MalformedRequest
{
    // Where the server keeps a length that came beside chunks.
    private const string SetAside = "X-Content-Length";

    private const int Http2ProtocolError = 1;

    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\r\n\0");

    public static bool Is(HttpContext context)
    {
        if (context is ExpressContext)
        {
            // Or else it would not have gone the short way.
            return false;
        }

        var request = context.Request;
        var isHttp1 = HttpProtocol.IsHttp11(request.Protocol) || HttpProtocol.IsHttp10(request.Protocol);
        return !IsTargetSound(context) || !IsFramingSound(request, isHttp1) || !(isHttp1 ? AreNamesSound(request.Headers) : AreFieldsSound(request.Headers) && request.Headers.Host.ToString().Length > 0);
    }

    /// <summary>Answers 400 and closes the connection, or resets the stream.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpResetFeature>() is { } stream)
        {
            stream.Reset(Http2ProtocolError);
            return Task.CompletedTask;
        }

        context.Response.Headers.Connection = "close";
        return Problem.Malformed.WriteToAsync(context);
    }

    private static bool IsTargetSound(HttpContext context)
    {
        var target = (context.Features.Get<IHttpRequestFeature>()?.RawTarget).AsSpan();

        // A fragment is nobody's to send: some take it for a part of the path, others for its end. In a query the path is the same to all.
        var mark = target.IndexOfAny('?', '#');
        return (mark < 0 || target[mark] == '?') && !target.ContainsAnyInRange('\0', ' ') && !target.Contains('\x7f');
    }

    private static bool IsFramingSound(HttpRequest request, bool isHttp1)
    {
        var coding = request.Headers.TransferEncoding;
        return coding.Count == 0
            || (isHttp1
                && coding.Count == 1
                && coding[0]!.Equals("chunked", StringComparison.OrdinalIgnoreCase)
                && !HttpProtocol.IsHttp10(request.Protocol)
                && request.ContentLength is null
                && !request.Headers.ContainsKey(SetAside));
    }

    private static bool AreNamesSound(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
        {
            if (!HeaderName.IsToken(name))
            {
                return false;
            }
        }

        return true;
    }

    // Frames carry any byte: what would end a line or a name is only harmful in the HTTP/1.1 that we make of it (RFC 9113, section 8.2.1).
    private static bool AreFieldsSound(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            if ((!HeaderName.IsToken(name) && !IsPseudo(name)) || IsOfConnection(name) || !AreValuesSound(values))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreValuesSound(StringValues values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].AsSpan().ContainsAny(LineBreaks))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsPseudo(string name) => name is ":method" or ":scheme" or ":path" or ":authority" or ":protocol";

    private static bool IsOfConnection(string name) =>
        name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Keep-Alive", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Proxy-Connection", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase);
}
