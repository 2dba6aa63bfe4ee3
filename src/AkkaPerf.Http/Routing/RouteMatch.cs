using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AkkaPerf.Http.Routing;

/// <summary>What a route's match has found in a path.</summary>
/// <remarks>
/// The match is of the decoded path, of which cannot be told what stood there: "%2F" may have been that or "%252F". So a parameter that is a whole
/// segment, or all that follows, is taken from the path as it was written, by its place.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly struct RouteMatch
{
    private readonly RouteValueDictionary _values;
    private readonly RoutePattern? _pattern;
    private readonly int _before;

    /// <param name="values">The parameters, decoded.</param>
    /// <param name="pattern">The route's pattern; null if it is not known.</param>
    /// <param name="before">Segments of the path that stand before what was matched.</param>
    public RouteMatch(RouteValueDictionary values, RoutePattern? pattern, int before = 0)
    {
        _values = values;
        _pattern = pattern;
        _before = before;
    }

    public static RouteMatch Of(HttpContext context) => new(
        context.Request.RouteValues, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern, context.Request.PathBase.Value.AsSpan().Count('/'));

    /// <summary>A parameter as it stands in the path; encoded again if it shares a segment with others, or was not written at all.</summary>
    public string Written(ReadOnlySpan<char> path, string name)
    {
        var segments = _pattern?.PathSegments ?? [];
        for (var i = 0; i < segments.Count; i++)
        {
            if (segments[i].Parts is [RoutePatternParameterPart parameter]
                && parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                && StartOf(path, _before + i, parameter.IsCatchAll) is var start and >= 0)
            {
                var rest = path[start..];
                var end = parameter.IsCatchAll ? -1 : rest.IndexOf('/');
                var written = end < 0 ? rest : rest[..end];
                return written.IsEmpty ? Encoded(name) : written.ToString();
            }
        }

        return Encoded(name);
    }

    // Behind so many segments and a slash. Empty ones are not counted, for routes need not see them; but what follows on all others begins with them.
    private static int StartOf(ReadOnlySpan<char> path, int segment, bool isRest)
    {
        var start = 0;
        for (var i = 0; ; i++)
        {
            var slash = path[start..].IndexOf('/');
            if (slash < 0)
            {
                return -1;
            }

            start += slash + 1;
            if (i == segment && isRest)
            {
                return start;
            }

            start += path[start..].IndexOfAnyExcept('/') is var empty and >= 0 ? empty : path.Length - start;
            if (i == segment)
            {
                return start;
            }
        }
    }

    private string Encoded(string name) =>
        _values[name]?.ToString() is { Length: > 0 } value ? string.Join('/', value.Split('/').Select(Uri.EscapeDataString)) : "";
}
