using AkkaPerf.Caching;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace AkkaPerf.Http.Caching;

/// <summary>Keys plain GET requests, and keeps what their responses themselves declare fresh and fit for everybody.</summary>
internal sealed class HttpCachingPolicy : ICachingPolicy<ProxyRequest, ProxyResponse>
{
    private static readonly string[] NotShared =
    [
        HeaderNames.Authorization, HeaderNames.Cookie, HeaderNames.Range, HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince,
        HeaderNames.IfMatch, HeaderNames.IfUnmodifiedSince, HeaderNames.IfRange,

        // Backends are known to answer differently to these: they would have to be part of the key.
        "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Host",
    ];

    public string? KeyOf(ProxyRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Key ??= request.WebSocket is null && IsPlain(request) ? Scoped(MakeKey(request), request) : null;
    }

    public CachingVerdict Judge(ProxyRequest request, ProxyResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);

        // Its own freshness and no more: a request cannot be sent again for a refresh once its caller has its answer.
        return response.Lifetime is not { } life ? CachingVerdict.Pass : CachingVerdict.Keep(new CacheEntryOptions
        {
            Ttl = life.Fresh,
            Bytes = life.Bytes,
            StaleWhileRevalidate = TimeSpan.Zero,
            StaleIfError = TimeSpan.Zero,
            Eager = 0,
        });
    }

    private static bool IsPlain(ProxyRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) || request.MayHaveBody || request.WantsFresh || AsksNotToStore(request.Header(HeaderNames.CacheControl)))
        {
            return false;
        }

        foreach (var name in NotShared)
        {
            if (request.Header(name).Count > 0)
            {
                return false;
            }
        }

        return true;
    }

    private static bool AsksNotToStore(StringValues cacheControl)
    {
        for (var i = 0; i < cacheControl.Count; i++)
        {
            if (cacheControl[i]!.Contains("no-store", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // What the route tells the backend beside the target is part of what is asked, and so is what a trusted proxy says of host and scheme.
    // No target and no field has a line feed. What Forwarded says of them would have to be taken apart: such a request passes by.
    private static string? Scoped(string? key, ProxyRequest request)
    {
        if (key is null || request.Route is not { } route)
        {
            return key;
        }

        if (route.Scope.Length > 0)
        {
            key = string.Concat(key, "\n", route.Scope);
        }

        if (!route.Forwarded.Trusts(request.Context.Connection.RemoteIpAddress))
        {
            return key;
        }

        return request.Header("Forwarded").Count > 0
            ? null
            : $"{key}\n{request.Header("X-Forwarded-Proto")}\n{request.Header("X-Forwarded-Host")}";
    }

    // The pipeline has a cache of its own, so that its name need not be part of the key.
    private static string? MakeKey(ProxyRequest request)
    {
        var authority = request.Authority;
        if (authority.Length == 0)
        {
            return null;
        }

        if (authority.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            authority = authority.ToLowerInvariant();
        }

        var standard = request.Scheme == "https" ? ":443" : ":80";
        return authority.EndsWith(standard, StringComparison.Ordinal)
            ? string.Concat(request.Scheme, "://", authority[..^standard.Length], request.Target)
            : string.Concat(request.Scheme, "://", authority, request.Target);
    }
}
