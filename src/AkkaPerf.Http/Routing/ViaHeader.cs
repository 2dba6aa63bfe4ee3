using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Routing;

/// <summary>Writes our hop into <c>Via</c> (RFC 9110, section 7.6.3) and finds a request that has been here before.</summary>
internal sealed class ViaHeader
{
    private readonly string _name;
    private readonly string _http11;
    private readonly string _http2;

    public ViaHeader(string name)
    {
        _name = name;
        _http11 = $"1.1 {name}";
        _http2 = $"2 {name}";
    }

    /// <summary>Adds the hop that the request came by; false if it has been here already.</summary>
    public bool TryAdd(HttpRequest request)
    {
        var via = request.Headers.Via;
        for (var i = 0; i < via.Count; i++)
        {
            if (Names(via[i]))
            {
                return false;
            }
        }

        request.Headers.Via = StringValues.Concat(via, HopOf(request.Protocol));
        return true;
    }

    /// <summary>Notes by which protocol a response came, if that is not 1.1, as nearly always.</summary>
    public static void Note(HttpContext context, ProxyResponse response)
    {
        if (response.CameByHttp2)
        {
            context.Features.Set(CameByHttp2.Mark);
        }
    }

    /// <summary>Adds the hop that the response came by.</summary>
    public void AddTo(HttpResponse response) =>
        response.Headers.Via = StringValues.Concat(response.Headers.Via, response.HttpContext.Features.Get<CameByHttp2>() is null ? _http11 : _http2);

    private string HopOf(string protocol) =>
        HttpProtocol.IsHttp11(protocol) ? _http11 : HttpProtocol.IsHttp2(protocol) ? _http2 : HttpProtocol.IsHttp10(protocol) ? $"1.0 {_name}" : $"3 {_name}";

    private bool Names(string? line)
    {
        foreach (var range in line.AsSpan().Split(','))
        {
            var hop = line.AsSpan()[range].Trim();
            var space = hop.IndexOfAny(' ', '\t');
            if (space < 0)
            {
                continue;
            }

            var by = hop[(space + 1)..].TrimStart();
            var comment = by.IndexOfAny(' ', '\t', '(');
            if ((comment < 0 ? by : by[..comment]).Equals(_name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // A feature, not an item: a request has no items until somebody looks for one.
    private sealed class CameByHttp2
    {
        public static CameByHttp2 Mark { get; } = new();
    }
}
