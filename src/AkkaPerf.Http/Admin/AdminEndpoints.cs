using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Admin;

/// <summary>The pipelines for operators and their tools: read only, as JSON.</summary>
internal static class AdminEndpoints
{
    public static RouteGroupBuilder Map(IEndpointRouteBuilder endpoints)
    {
        var pipelines = endpoints.ServiceProvider.GetRequiredService<IPipelines>();
        var group = endpoints.MapGroup("");
        MapGet(group, "/health/live", context => WriteAsync(context, new HealthReport("live", []), AdminJson.Default.HealthReport));
        MapGet(group, "/health/ready", context => WriteReadinessAsync(context, pipelines));
        MapGet(group, "/pipelines", context => WriteAsync(
            context, [.. pipelines.All.Select(pipeline => pipeline.Describe())], AdminJson.Default.IReadOnlyListPipelineSnapshot));
        MapGet(group, "/pipelines/{name}", context => WritePipelineAsync(context, pipelines));
        return group;
    }

    private static void MapGet(RouteGroupBuilder group, string pattern, RequestDelegate handle) =>
        group.MapGet(pattern, context => IsMeant(context) ? handle(context) : RefuseAsync(context));

    private static Task WriteReadinessAsync(HttpContext context, IPipelines pipelines)
    {
        string[] notReady = [.. pipelines.All.Where(pipeline => !pipeline.Describe().IsReady).Select(pipeline => pipeline.Name)];
        var isReady = pipelines.IsReady;
        context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        var status = isReady ? "ready" : pipelines.IsStopping ? "stopping" : "notReady";
        return WriteAsync(context, new HealthReport(status, notReady), AdminJson.Default.HealthReport);
    }

    private static Task WritePipelineAsync(HttpContext context, IPipelines pipelines)
    {
        if (context.Request.RouteValues["name"] is string name && pipelines.Find(name) is { } pipeline)
        {
            return WriteAsync(context, pipeline.Describe(), AdminJson.Default.PipelineSnapshot);
        }

        return Problem.NoPipeline.WriteToAsync(context);
    }

    private static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(context.Response.BodyWriter, value, type, context.RequestAborted);
    }

    // A web page may have its own name resolve to us (DNS rebinding): then the browser says that name, and not ours.
    private static bool IsMeant(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return IPAddress.TryParse(host, out var address)
            && (IPAddress.IsLoopback(address) || address.Equals(Unmapped(context.Connection.LocalIpAddress)));
    }

    private static IPAddress? Unmapped(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("Ask by localhost or by the address of this listener.\n", context.RequestAborted);
    }
}
