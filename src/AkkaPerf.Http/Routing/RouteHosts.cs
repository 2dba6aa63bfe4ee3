using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaPerf.Http.Routing;

/// <summary>The hosts that a route is for, some with <c>*.</c> in front.</summary>
internal static class RouteHosts
{
    private const string Wildcard = "*.";

    // Longer than any name.
    private const int WholeName = 1_000;

    public static IReadOnlyList<string> Of(Endpoint endpoint) => endpoint.Metadata.GetMetadata<IHostMetadata>()?.Hosts ?? [];

    public static bool IsWildcard(string host) => host.StartsWith(Wildcard, StringComparison.Ordinal);

    /// <summary>Whether a route that is for parts of names is for this one: the framework offers *.shop.example for b.example too where there is *.example besides.</summary>
    public static bool Fit(Endpoint endpoint, HttpRequest request)
    {
        var hosts = Of(endpoint);
        var name = hosts.Count > 0 ? request.Host.Host : "";
        var isForParts = false;
        for (var i = 0; i < hosts.Count; i++)
        {
            var known = NameOf(hosts[i]);
            if (Names(known, name))
            {
                return true;
            }

            isForParts |= IsWildcard(known);
        }

        return !isForParts;
    }

    /// <summary>How closely a route names its hosts; of several the one that says least counts.</summary>
    public static int WeightOf(Endpoint endpoint) => Of(endpoint) is { Count: > 0 } hosts ? hosts.Min(WeightOf) : 0;

    private static bool Names(string known, string name) => IsWildcard(known)
        ? name.AsSpan().EndsWith(known.AsSpan(1), StringComparison.OrdinalIgnoreCase)
        : known == "*" || name.Equals(known, StringComparison.OrdinalIgnoreCase);

    // A whole name before a part of one, a longer part before a shorter one, and then who names a port too.
    private static int WeightOf(string host)
    {
        var name = NameOf(host);
        var port = name.Length < host.Length ? 1 : 0;
        return name == "*" ? port : (2 * (IsWildcard(name) ? name.Length : WholeName)) + port;
    }

    private static string NameOf(string host) => new HostString(host).Host;
}
