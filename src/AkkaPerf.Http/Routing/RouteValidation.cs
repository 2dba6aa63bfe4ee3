using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AkkaPerf.Http.Routing;

/// <summary>What of a route's options can only be checked together.</summary>
public static class RouteValidation
{
    internal static void ThrowIfFaulty(HttpRouteOptions route, string pattern)
    {
        var faults = FaultsOf(route, "")
            .Concat(route.Headers.SelectMany((header, i) => FaultsOf(header, $"Headers[{i}].")))
            .Concat(route.Query.SelectMany((parameter, i) => FaultsOf(parameter, $"Query[{i}].")))
            .Concat(FaultsOf(route.Path, "Path."))
            .Concat(FaultsOf(route.RequestHeaders, "RequestHeaders."))
            .Concat(FaultsOf(route.ResponseHeaders, "ResponseHeaders."))
            .Concat(FaultsOf(route.Maintenance, "Maintenance."))
            .Concat(FaultsOf(route.Proxy, "Proxy."))
            .Concat(FaultsOf(route.Proxy.Forwarded, "Proxy.Forwarded."))
            .Concat(FaultsOf(route.Proxy.Overload, "Proxy.Overload."))
            .Concat(PatternFaults(route, pattern))
            .ToArray();
        if (faults.Length > 0)
        {
            throw new ArgumentException($"The route {pattern} is not valid: {string.Join("; ", faults)}.", nameof(route));
        }
    }

    /// <summary>The parameter that a path pattern takes from a match that does not give it; null if there is none.</summary>
    public static string? MissingParameter(string pathPattern, string match)
    {
        if (pathPattern.Length == 0 || PathPattern.ProblemOf(pathPattern) is not null)
        {
            return null;
        }

        var given = RoutePatternFactory.Parse(match).Parameters.Select(static parameter => parameter.Name);
        return PathPattern.ParametersOf(pathPattern).Except(given, StringComparer.OrdinalIgnoreCase).FirstOrDefault();
    }

    private static IEnumerable<string> PatternFaults(HttpRouteOptions route, string pattern) =>
        MissingParameter(route.Path.Pattern, pattern) is { } missing ? [$"Path.Pattern: {{{missing}}} is no parameter of {pattern}"] : [];

    private static IEnumerable<string> FaultsOf(object options, string path)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results.Select(result => $"{path}{string.Join(", ", result.MemberNames)}: {result.ErrorMessage}");
    }
}
