using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Admin;

/// <summary>The pipelines for operators and their tools.</summary>
internal static class AdminEndpoints
{
    public static RouteGroupBuilder Map(IEndpointRouteBuilder endpoints, AdminAccessOptions access)
    {
        var pipelines = endpoints.ServiceProvider.GetRequiredService<IPipelines>();
        var group = endpoints.MapGroup("");
        ((IEndpointConventionBuilder)group).Finally(new AdminGuard(access).StandBefore);
        group.MapGet("/health/live", context => WriteAsync(context, new HealthReport("live", []), AdminJson.Default.HealthReport)).WithMetadata(OpenToAll.Mark);
        group.MapGet("/health/ready", context => WriteReadinessAsync(context, pipelines)).WithMetadata(OpenToAll.Mark);
        group.MapGet("/pipelines", context => WriteAsync(
            context, [.. pipelines.All.Select(pipeline => pipeline.Describe())], AdminJson.Default.IReadOnlyListPipelineSnapshot));
        group.MapGet("/pipelines/{name}", context => WritePipelineAsync(context, pipelines));
        return group;
    }

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
        var name = context.Request.RouteValues["name"] as string ?? "";
        return pipelines.Find(name) is { } pipeline
            ? WriteAsync(context, pipeline.Describe(), AdminJson.Default.PipelineSnapshot)
            : AdminProblem.NotFound("no-such-pipeline", $"There is no pipeline '{name}'.", pipelines.All.Select(static one => one.Name)).WriteToAsync(context);
    }

    private static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(context.Response.BodyWriter, value, type, context.RequestAborted);
    }
}
