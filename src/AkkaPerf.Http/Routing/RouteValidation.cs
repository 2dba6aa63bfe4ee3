using System.ComponentModel.DataAnnotations;
using AkkaPerf.Http.Assets;

namespace AkkaPerf.Http.Routing;

/// <summary>Checks a route's options that come from code; from HOCON they come checked.</summary>
internal static class RouteValidation
{
    public static void ThrowIfFaulty(HttpRouteOptions route, string pattern) => ThrowIfAny(FaultsOfRoute(route, pattern), pattern);

    public static void ThrowIfFaulty(HttpRouteOptions route, AssetOptions assets, string pattern) =>
        ThrowIfAny(FaultsOfRoute(route, pattern).Concat(FaultsOf(assets, "Assets.")).Concat(DirectoryFaults(assets)), pattern);

    private static IEnumerable<string> FaultsOfRoute(HttpRouteOptions route, string pattern) =>
        FaultsOf(route, "")
            .Concat(route.Headers.SelectMany((header, i) => FaultsOf(header, $"Headers[{i}].")))
            .Concat(route.Query.SelectMany((parameter, i) => FaultsOf(parameter, $"Query[{i}].")))
            .Concat(FaultsOf(route.Path, "Path."))
            .Concat(FaultsOf(route.RequestHeaders, "RequestHeaders."))
            .Concat(FaultsOf(route.ResponseHeaders, "ResponseHeaders."))
            .Concat(FaultsOf(route.Maintenance, "Maintenance."))
            .Concat(FaultsOf(route.Cache, "Cache."))
            .Concat(FaultsOf(route.Proxy, "Proxy."))
            .Concat(FaultsOf(route.Proxy.Forwarded, "Proxy.Forwarded."))
            .Concat(FaultsOf(route.Proxy.Overload, "Proxy.Overload."))
            .Concat(route.CompressionForAll is { } compression ? FaultsOf(compression, "CompressionForAll.") : [])
            .Concat(PatternFaults(route, pattern));

    private static void ThrowIfAny(IEnumerable<string> found, string pattern)
    {
        var faults = found.ToArray();
        if (faults.Length > 0)
        {
            throw new ArgumentException($"The route {pattern} is not valid: {string.Join("; ", faults)}.", nameof(pattern));
        }
    }

    private static IEnumerable<string> DirectoryFaults(AssetOptions assets) =>
        assets.Directory.Length == 0 ? ["Assets.Directory: must be a directory that exists"] : [];

    private static IEnumerable<string> PatternFaults(HttpRouteOptions route, string pattern) =>
        route.MissingParameter(pattern) is { } missing ? [$"Path.Pattern: {{{missing}}} is no parameter of {pattern}"] : [];

    private static IEnumerable<string> FaultsOf(object options, string path)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results.Select(result => $"{path}{string.Join(", ", result.MemberNames)}: {result.ErrorMessage}");
    }
}
