using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Express;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Transport.Wire;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>Writes a client's request without a body as its backend gets it, by the rules of <see cref="RequestHead"/>, but without a message in between.</summary>
internal static class WireRequestHead
{
    /// <summary>Whether a request is one of those that are hot and simple: it may be repeated, and nothing but its head is sent.</summary>
    public static bool IsFor(HttpContext context)
    {
        var request = context.Request;
        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && !ProxyRequest.CanHaveBody(context)
            && request.Headers.Expect.Count == 0
            && request.Headers.ContentType.Count == 0;
    }

    /// <summary>Writes it; false if it has anything that a message had better see to.</summary>
    public static bool TryWrite(ProxyRequest request, HttpContext context, (WirePool Pool, string? Host) backend, out WireRequest written)
    {
        var isHead = HttpMethods.IsHead(context.Request.Method) && request.Fetch is not { IsLoad: true };
        var writer = new HeadWriter();
        writer.Write(isHead ? "HEAD "u8 : "GET "u8);
        writer.Write(backend.Pool.Prefix);
        writer.WriteTarget(request.Target);
        writer.Write(" HTTP/1.1\r\n"u8);
        writer.WriteField("Host", backend.Host ?? backend.Pool.Host);
        var headers = context.Request.Headers;
        var nominated = HopByHop.Nominated(headers.Connection);
        var span = TraceContext.CurrentId;
        if (headers is ExpressFields fields)
        {
            foreach (ref readonly var field in fields.All)
            {
                if (IsForwarded(field.Name, nominated, request.Fetch, span))
                {
                    writer.WriteField(field.Name, field.Values);
                }
            }
        }
        else
        {
            foreach (var (name, values) in headers)
            {
                if (IsForwarded(name, nominated, request.Fetch, span))
                {
                    writer.WriteField(name, values);
                }
            }
        }

        if (HopByHop.AcceptsTrailers(headers.TE))
        {
            writer.Write("TE: trailers\r\n"u8);
        }

        ForwardedIdentity.Add(context, request.Route?.Forwarded ?? ForwardedRules.Default, ref writer);
        request.Fetch?.Write(ref writer);
        if (span is not null)
        {
            TraceContext.Write(ref writer, span, headers);
        }

        writer.Write("\r\n"u8);
        if (writer.IsFaulty || backend.Host is { Length: 0 })
        {
            writer.Drop();
            written = default;
            return false;
        }

        written = new WireRequest(writer.Take(), isHead);
        return true;
    }

    private static bool IsForwarded(string name, HashSet<string>? nominated, CacheFetch? fetch, string? span) =>
        !RequestHead.IsDropped(name)
        && (nominated is null || !nominated.Contains(name))
        && fetch?.Replaces(name) is not true
        && !(span is not null && TraceContext.Replaces(name))
        && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase);
}
