using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Routing;

/// <summary>A middleware before routing: spells in one way what many backends take for the same, so that a route which is for it is not evaded.</summary>
/// <remarks>Servers merge slashes (nginx and Apache by default), and DNS and virtual hosts know a name with a dot at its end.</remarks>
internal static class NormalizedRouting
{
    public static RequestDelegate Wrap(RequestDelegate next) => context =>
    {
        Normalize(context.Request);
        return next(context);
    };

    private static void Normalize(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        var merged = RawTarget.MergeSlashes(path);
        if (!ReferenceEquals(merged, path))
        {
            // Of the raw target nothing is changed: an empty segment may mean something to the backend.
            request.Path = new PathString(merged);
        }

        if (request.Headers.Host is [{ } host] && WithoutDot(host) is { } plain)
        {
            request.Headers.Host = plain;
        }
    }

    // Null if there is none to take off. An address in brackets has none.
    private static string? WithoutDot(string host)
    {
        var colon = host.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? host : host.AsSpan(0, colon);
        if (name is not [not '[', .., '.'])
        {
            return null;
        }

        var plain = name.TrimEnd('.');
        return plain.IsEmpty ? null : string.Concat(plain, host.AsSpan(name.Length));
    }
}
