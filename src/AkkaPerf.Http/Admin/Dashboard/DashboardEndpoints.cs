using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaPerf.Http.Admin.Dashboard;

/// <summary>The page that shows it all, and its parts.</summary>
internal static class DashboardEndpoints
{
    private const string Prefix = "Dashboard/";
    private const string Page = "index.html";

    private static readonly Lazy<FrozenDictionary<string, DashboardFile>> Files = new(Read);

    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/", WritePageAsync).Add(YieldStartPage);
        group.MapGet("/dashboard/{file}", WriteFileAsync);
    }

    // What an application itself has at its start goes first.
    private static void YieldStartPage(EndpointBuilder endpoint)
    {
        if (endpoint is RouteEndpointBuilder { RoutePattern.PathSegments.Count: 0 } start)
        {
            start.Order = int.MaxValue;
        }
    }

    private static Task WritePageAsync(HttpContext context)
    {
        // The page asks for its parts beside itself.
        if (!context.Request.Path.Value!.EndsWith('/'))
        {
            context.Response.Redirect($"{context.Request.PathBase}{context.Request.Path}/{context.Request.QueryString}");
            return Task.CompletedTask;
        }

        return Files.Value[Page].WriteToAsync(context);
    }

    private static Task WriteFileAsync(HttpContext context) =>
        context.Request.RouteValues["file"] is string name && Files.Value.GetValueOrDefault(name) is { } file
            ? file.WriteToAsync(context)
            : AdminProblem.NotFound("no-such-file", "The dashboard has no such part.", Files.Value.Keys.Order(StringComparer.Ordinal)).WriteToAsync(context);

    private static FrozenDictionary<string, DashboardFile> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(static name => name[Prefix.Length..], name => Read(assembly, name), StringComparer.Ordinal);
    }

    private static DashboardFile Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return new DashboardFile(name, content.ToArray());
    }
}
