using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AkkaPerf.Http.Routing;

/// <summary>Makes a path of what a route's match has found.</summary>
internal sealed class PathPattern
{
    private readonly RoutePattern _pattern;

    public PathPattern(string pattern) => _pattern = RoutePatternFactory.Parse(pattern);

    /// <summary>What is wrong with a pattern; null if it can be used.</summary>
    public static string? ProblemOf(string pattern)
    {
        try
        {
            RoutePatternFactory.Parse(pattern);
            return pattern.StartsWith('/') ? null : "must start with '/'";
        }
        catch (Exception exception) when (exception is RoutePatternException or ArgumentException)
        {
            return $"is no path pattern: {exception.Message}";
        }
    }

    /// <summary>The parameters that a match has to give.</summary>
    public static IEnumerable<string> ParametersOf(string pattern) => RoutePatternFactory.Parse(pattern).Parameters.Select(static parameter => parameter.Name);

    /// <param name="target">The path that was matched, as the client wrote it.</param>
    /// <param name="match">What was found in it.</param>
    public string Make(ReadOnlySpan<char> target, RouteMatch match)
    {
        var path = new StringBuilder();
        foreach (var segment in _pattern.PathSegments)
        {
            var start = path.Length;
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                path.Append(part switch
                {
                    RoutePatternLiteralPart literal => Encode(literal.Content),
                    RoutePatternSeparatorPart separator => separator.Content,
                    RoutePatternParameterPart parameter => match.Written(target, parameter.Name),
                    _ => "",
                });
            }

            if (path.Length == start + 1 && segment.Parts is [RoutePatternParameterPart { IsOptional: true }])
            {
                path.Length = start;
            }
        }

        return path.Length == 0 ? "/" : path.ToString();
    }

    // Who has encoded it already means it so.
    private static string Encode(string literal) => new PathString("/" + literal).ToUriComponent()[1..];
}
