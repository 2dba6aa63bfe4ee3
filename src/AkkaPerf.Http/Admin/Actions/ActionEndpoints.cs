using AkkaPerf.Hosting;
using AkkaPerf.Http.Admin.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Admin.Actions;

/// <summary>Does what operators ask for, answers with what has become of it, and keeps a record of who asked.</summary>
internal sealed partial class ActionEndpoints
{
    private readonly IPipelines _pipelines;
    private readonly LiveSampler _sampler;
    private readonly PipelineActions _actions;
    private readonly ILogger<ActionEndpoints> _logger;

    public ActionEndpoints(IPipelines pipelines, LiveSampler sampler, PipelineActions actions, ILogger<ActionEndpoints> logger)
    {
        _pipelines = pipelines;
        _actions = actions;
        _sampler = sampler;
        _logger = logger;
    }

    public void Map(RouteGroupBuilder group)
    {
        group.MapPost("/pipelines/{name}/{action}", HandlePipelineAsync);
        group.MapPost("/pipelines/{name}/backends/{id}/{action}", HandleBackendAsync);
    }

    private async Task HandlePipelineAsync(HttpContext context)
    {
        var (name, action) = (Value(context, "name"), Value(context, "action"));
        if (_pipelines.Find(name) is not { } pipeline)
        {
            await AdminAnswers.NoPipeline(_pipelines, name).WriteToAsync(context).ConfigureAwait(false);
            return;
        }

        var body = await ActionBody.ReadAsync(context).ConfigureAwait(false);
        if (await _actions.DoAsync(action, pipeline, body, context.RequestAborted).ConfigureAwait(false) is { } problem)
        {
            await problem.WriteToAsync(context).ConfigureAwait(false);
            return;
        }

        PipelineChanged(name, action, body, context.Connection.RemoteIpAddress);
        await AdminAnswers.WriteAsync(context, _sampler.Find(pipeline)!, AdminJson.Default.PipelineView).ConfigureAwait(false);
    }

    private async Task HandleBackendAsync(HttpContext context)
    {
        var (name, id, action) = (Value(context, "name"), Value(context, "id"), Value(context, "action"));
        if (_pipelines.Find(name) is not { } pipeline)
        {
            await AdminAnswers.NoPipeline(_pipelines, name).WriteToAsync(context).ConfigureAwait(false);
            return;
        }

        var body = await ActionBody.ReadAsync(context).ConfigureAwait(false);
        if (BackendActions.Do(action, pipeline, id, body) is { } problem)
        {
            await problem.WriteToAsync(context).ConfigureAwait(false);
            return;
        }

        BackendChanged(id, name, action, body, context.Connection.RemoteIpAddress);
        await AdminAnswers.WriteAsync(context, pipeline.Describe().Backends.First(backend => backend.Id == id), AdminJson.Default.BackendSnapshot).ConfigureAwait(false);
    }

    private static string Value(HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";

    [LoggerMessage(EventId = 700, Level = LogLevel.Information, Message = "Pipeline {Pipeline}: {Action}{Body}, asked for from {Address}")]
    private partial void PipelineChanged(string pipeline, string action, ActionBody body, System.Net.IPAddress? address);

    [LoggerMessage(EventId = 701, Level = LogLevel.Information, Message = "Backend {Backend} of pipeline {Pipeline}: {Action}{Body}, asked for from {Address}")]
    private partial void BackendChanged(string backend, string pipeline, string action, ActionBody body, System.Net.IPAddress? address);
}
