using AkkaPerf.Hosting;
using AkkaPerf.Http.Admin.Actions;
using AkkaPerf.Http.Admin.Dashboard;
using AkkaPerf.Http.Admin.Live;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Admin;

/// <summary>The pipelines for operators and their tools.</summary>
internal static class AdminEndpoints
{
    public static RouteGroupBuilder Map(IEndpointRouteBuilder endpoints, AdminAccessOptions access)
    {
        var services = endpoints.ServiceProvider;
        var pipelines = services.GetRequiredService<IPipelines>();
        var group = endpoints.MapGroup("");
        ((IEndpointConventionBuilder)group).Finally(new AdminGuard(access).StandBefore);
        MapHealth(group, pipelines);
        group.MapGet("/pipelines", context => AdminAnswers.WriteAsync(
            context, [.. pipelines.All.Select(pipeline => pipeline.Describe())], AdminJson.Default.IReadOnlyListPipelineSnapshot));
        group.MapGet("/pipelines/{name}", context => WritePipelineAsync(context, pipelines));

        var sampler = StartSampler(services, pipelines);
        new ViewEndpoints(pipelines, sampler).Map(group);
        var purge = new PurgeAction(services.GetService<RoutedUrls>() ?? new RoutedUrls(services), new PurgeLimit(access.PurgeRate, services.GetService<TimeProvider>() ?? TimeProvider.System));
        var actions = new PipelineActions([new WarmAction(), purge, .. services.GetServices<IPipelineAction>()]);
        new ActionEndpoints(pipelines, sampler, actions, services.GetRequiredService<ILogger<ActionEndpoints>>()).Map(group);
        group.MapGet("/events", new LiveEndpoint(sampler).HandleAsync);
        DashboardEndpoints.Map(group);
        return group;
    }

    private static void MapHealth(RouteGroupBuilder group, IPipelines pipelines)
    {
        group.MapGet("/health/live", context => AdminAnswers.WriteAsync(context, new HealthReport("live", []), AdminJson.Default.HealthReport)).WithMetadata(OpenToAll.Mark);
        group.MapGet("/health/ready", context => WriteReadinessAsync(context, pipelines)).WithMetadata(OpenToAll.Mark);
    }

    // It looks on while the application shuts down, for that is when one wants to see it.
    private static LiveSampler StartSampler(IServiceProvider services, IPipelines pipelines)
    {
        var sampler = new LiveSampler(pipelines, services.GetService<TimeProvider>() ?? TimeProvider.System);
        var lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        lifetime.ApplicationStarted.Register(sampler.Start);
        lifetime.ApplicationStopped.Register(sampler.Dispose);
        return sampler;
    }

    private static Task WriteReadinessAsync(HttpContext context, IPipelines pipelines)
    {
        PipelineHealthReport[] reports = [.. pipelines.All.Select(pipeline => PipelineHealthReport.Of(pipeline.Describe()))];
        string[] notReady = [.. reports.Where(static report => report.Readiness != PipelineReadiness.Ready).Select(static report => report.Name)];
        var isReady = pipelines.IsReady;
        context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        var status = isReady ? "ready" : pipelines.IsStopping ? "stopping" : "notReady";
        return AdminAnswers.WriteAsync(context, new HealthReport(status, notReady) { Pipelines = reports }, AdminJson.Default.HealthReport);
    }

    private static Task WritePipelineAsync(HttpContext context, IPipelines pipelines)
    {
        var name = context.Request.RouteValues["name"] as string ?? "";
        return pipelines.Find(name) is { } pipeline
            ? AdminAnswers.WriteAsync(context, pipeline.Describe(), AdminJson.Default.PipelineSnapshot)
            : AdminAnswers.NoPipeline(pipelines, name).WriteToAsync(context);
    }
}
