using System.Text.RegularExpressions;
using AkkaPerf.Hosting;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AkkaPerf.Gateway;

/// <summary>What the routes must satisfy, each and together.</summary>
internal static partial class RouteRules
{
    public static IEnumerable<ConfigurationFault> Check(IList<RouteOptions> routes, Func<string, string> sourceOf)
    {
        using var services = new ServiceCollection().AddRouting().BuildServiceProvider();
        var policies = services.GetRequiredService<ParameterPolicyFactory>();
        var faults = new List<ConfigurationFault>();
        var seen = new List<(string Key, IList<string> Methods, string Path)>();
        for (var i = 0; i < routes.Count; i++)
        {
            var route = routes[i];
            var path = $"akkaperf.gateway.routes[{i}]";
            if (route.Host.Length > 0 && !HostPattern().IsMatch(route.AsciiHost))
            {
                Add($"{path}.host", route.Host, "must be a host such as shop.example, *.example or shop.example:8080");
            }

            for (var j = 0; j < route.Methods.Count; j++)
            {
                if (!Token().IsMatch(route.Methods[j]))
                {
                    Add($"{path}.methods[{j}]", route.Methods[j], "must be an HTTP method such as GET");
                }
            }

            for (var j = 0; j < route.Headers.Count; j++)
            {
                if (route.Headers[j].Name.Length > 0 && !Token().IsMatch(route.Headers[j].Name))
                {
                    Add($"{path}.headers[{j}].name", route.Headers[j].Name, "must be a header's name, such as X-Api-Version");
                }
            }

            if (route.Match.Length == 0)
            {
                // That it must be there is said already.
                continue;
            }

            if (Problem(route.Match, policies, out var shape) is { } problem)
            {
                Add($"{path}.match", route.Match, problem);
                continue;
            }

            if (route.MissingParameter(route.Match) is { } missing)
            {
                Add($"{path}.path.pattern", route.Path.Pattern, $"has {{{missing}}}, which is no parameter of {route.Match}");
            }

            var key = $"{route.AsciiHost.ToUpperInvariant()} {shape} {route.Order} {ConditionsOf(route)}";
            if (seen.Find(other => other.Key == key && Overlap(other.Methods, route.Methods)) is { Path: not null } taken)
            {
                Add($"{path}.match", route.Match, $"is ambiguous: {taken.Path} has the same match, host, methods, headers and query; order can say which goes first");
            }

            seen.Add((key, route.Methods, path));
        }

        return faults;

        void Add(string path, string value, string problem) => faults.Add(new(path, value, problem, sourceOf(path)));
    }

    private static string ConditionsOf(RouteOptions route) =>
        string.Join('&', route.Headers.Concat(route.Query).Select(static one => $"{one.Name}:{one.Mode}:{string.Join('|', one.Values)}"));

    private static string? Problem(string match, ParameterPolicyFactory policies, out string shape)
    {
        shape = "";
        try
        {
            var pattern = RoutePatternFactory.Parse(match);
            foreach (var parameter in pattern.Parameters)
            {
                foreach (var reference in parameter.ParameterPolicies)
                {
                    policies.Create(parameter, reference);
                }
            }

            shape = string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(Shape))));
            return match.StartsWith('/') ? null : "must start with '/'";
        }
        catch (Exception exception) when (exception is RoutePatternException or RouteCreationException or InvalidOperationException or ArgumentException)
        {
            return $"is no route pattern: {exception.Message}";
        }
    }

    // Parameters' names do not tell routes apart, nor does the case of literals.
    private static string Shape(RoutePatternPart part) => part switch
    {
        RoutePatternLiteralPart literal => literal.Content.ToUpperInvariant(),
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter =>
            $"{{{(parameter.IsCatchAll ? "*" : "")}{string.Concat(parameter.ParameterPolicies.Select(policy => $":{policy.Content}"))}{(parameter.IsOptional ? "?" : "")}}}",
        _ => "",
    };

    // A route for some methods goes before one for all: these two are told apart.
    private static bool Overlap(IList<string> one, IList<string> other) =>
        (one.Count == 0 && other.Count == 0) || one.Intersect(other, StringComparer.OrdinalIgnoreCase).Any();

    [GeneratedRegex(@"^(\*|(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)(:([0-9]{1,5}|\*))?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HostPattern();

    // A token of RFC 9110, section 5.6.2.
    [GeneratedRegex(@"^[!#$%&'*+.^_`|~0-9A-Za-z-]+\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();
}
