using System.Buffers;
using System.Runtime.InteropServices;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Caching;

/// <summary>Where a request stands in the store: what its key is made of, and its scope.</summary>
/// <param name="Scheme">The scheme that the client used, as far as that is known.</param>
/// <param name="Authority">The authority that it asked for, likewise.</param>
/// <param name="Target">The target, without what its route says does not matter.</param>
/// <param name="Scope">What the route, or a trusted proxy, tells the backend beside the target.</param>
/// <param name="Caching">What its route says of caching; null for nothing.</param>
/// <param name="Normal">The target without what the resource says does not matter (No-Vary-Search), and the rule; null if it says nothing.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CacheAddress(string Scheme, string Authority, string Target, string Scope, RouteCaching? Caching = null, string? Normal = null)
{
    // With one of these a host would end where another URL's path begins.
    private static readonly SearchValues<char> Separators = SearchValues.Create("/?#\\@");

    /// <summary>The key; null if there is none.</summary>
    public string? Key => CacheKey.Of(Scheme, Authority, KeyedTarget);

    /// <summary>The target as it is keyed.</summary>
    public string KeyedTarget => Normal ?? Target;

    /// <summary>The address of a request; false if it has none that can be told.</summary>
    /// <remarks>
    /// What a trusted proxy says of host and scheme is what the client asked for; it may have passed on what the client said, which is no server's
    /// to have checked. What Forwarded says would have to be taken apart: such a request passes.
    /// </remarks>
    public static bool TryGet(HttpContext context, HttpRoute? route, string target, out CacheAddress address)
    {
        var request = context.Request;
        var authority = request.Headers.Host.ToString();
        var scheme = request.Scheme;
        if (route is null)
        {
            address = new CacheAddress(scheme, authority, target, "");
            return authority.Length > 0;
        }

        var scope = route.Scope;
        if (route.Forwarded.Trusts(context.Connection.RemoteIpAddress))
        {
            if (request.Headers["Forwarded"].Count > 0)
            {
                address = default;
                return false;
            }

            if (ForwardedIdentity.First(request.Headers["X-Forwarded-Host"]) is { } host)
            {
                if (host.AsSpan().ContainsAny(Separators))
                {
                    address = default;
                    return false;
                }

                scope = $"{scope}\nhost={authority}";
                authority = host;
            }

            if (ForwardedIdentity.First(request.Headers["X-Forwarded-Proto"]) is { } told)
            {
                if (!told.Equals("http", StringComparison.OrdinalIgnoreCase) && !told.Equals("https", StringComparison.OrdinalIgnoreCase))
                {
                    address = default;
                    return false;
                }

                scope = $"{scope}\nscheme={scheme}";
                scheme = told;
            }

            foreach (var (name, values) in request.Headers)
            {
                if (ForwardedIdentity.IsOther(name))
                {
                    scope = $"{scope}\n{name.ToLowerInvariant()}={values}";
                }
            }
        }

        address = new CacheAddress(scheme, authority, route.Caching?.Keyed(target) ?? target, scope, route.Caching);
        return authority.Length > 0;
    }

    /// <summary>The same of a request that is made already.</summary>
    public static bool TryGet(ProxyRequest request, out CacheAddress address)
    {
        if (request.HasContext)
        {
            return TryGet(request.Context, request.Route, request.Target, out address);
        }

        address = new CacheAddress(request.Scheme, request.Authority, request.Target, "");
        return request.Authority.Length > 0;
    }
}
