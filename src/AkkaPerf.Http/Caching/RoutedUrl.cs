using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;

namespace AkkaPerf.Http.Caching;

/// <summary>What one route to a pipeline makes of URLs as clients ask for them.</summary>
/// <remarks>Only its pattern counts, not its conditions: what another route answers in truth is then forgotten too, and asked for again.</remarks>
internal sealed class RoutedUrl
{
    private readonly HttpRoute _route;
    private readonly RoutePattern _pattern;
    private readonly TemplateMatcher _matcher;

    public RoutedUrl(RouteEndpoint endpoint, HttpRoute route)
    {
        _route = route;
        _pattern = endpoint.RoutePattern;
        _matcher = new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), new RouteValueDictionary(endpoint.RoutePattern.Defaults));
    }

    /// <summary>Whether what it stores may stand under other targets than clients ask for.</summary>
    public bool ChangesTargets => _route.ChangesTargets;

    /// <summary>Gives the address under which the answer to a client's URL is stored; false if the route does not take it.</summary>
    public bool TryMap(in CacheAddress asked, out CacheAddress stored)
    {
        stored = asked;
        if (TargetOf(asked) is not { } target)
        {
            return false;
        }

        stored = asked with { Target = _route.Caching?.Keyed(target) ?? target };
        return true;
    }

    /// <summary>The same of what several URLs begin with, as far as it holds all that the route takes off; false if that cannot be told.</summary>
    public bool TryMapPrefix(in CacheAddress asked, out CacheAddress stored)
    {
        stored = asked;
        if (!_route.KeepsPrefixes || TargetOf(asked) is not { } target)
        {
            return false;
        }

        stored = asked with { Target = target };
        return true;
    }

    private string? TargetOf(in CacheAddress asked)
    {
        var values = new RouteValueDictionary();
        return _matcher.TryMatch(PathOf(asked.Target), values) ? _route.TargetOf(asked.Target, new RouteMatch(values, _pattern)) : null;
    }

    // As the server decodes it before it is matched: dots are resolved, an encoded slash stays what it is, and empty segments are left out.
    private static string PathOf(string target)
    {
        var resolved = RawTarget.HasDotSegments(target) ? RawTarget.RemoveDotSegments(target) : target;
        var query = resolved.IndexOf('?', StringComparison.Ordinal);
        var path = RawTarget.MergeSlashes(query < 0 ? resolved : resolved[..query]);
        return path.Contains('%', StringComparison.Ordinal)
            ? Uri.UnescapeDataString(path.Replace("%2f", "%252F", StringComparison.OrdinalIgnoreCase))
            : path;
    }
}
