using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Shows the parts of a pipeline, one by one.</summary>
internal sealed class ViewEndpoints
{
    private const int DefaultKeys = 20;
    private const int MostKeys = 1000;

    private readonly IPipelines _pipelines;
    private readonly LiveSampler _sampler;

    public ViewEndpoints(IPipelines pipelines, LiveSampler sampler)
    {
        _pipelines = pipelines;
        _sampler = sampler;
    }

    public void Map(RouteGroupBuilder group)
    {
        Map(group, "backends", pipeline => _sampler.Find(pipeline)!.Backends, AdminJson.Default.IReadOnlyListBackendView);
        Map(group, "decisions", pipeline => _sampler.Find(pipeline)!.Decisions ?? [], AdminJson.Default.IReadOnlyListDecisionView);
        Map(group, "refusals", pipeline => _sampler.Find(pipeline)!.Refusals, AdminJson.Default.IReadOnlyListRefusalNote);
        Map(group, "history", pipeline => _sampler.History.First(history => history.Name == pipeline.Name), AdminJson.Default.PipelineHistory);
        group.MapGet("/pipelines/{name}/hot-keys", WriteKeysAsync);
    }

    private void Map<T>(RouteGroupBuilder group, string part, Func<IRequestPipeline, T> show, JsonTypeInfo<T> type) =>
        group.MapGet($"/pipelines/{{name}}/{part}", context => Find(context, out var problem) is { } pipeline
            ? AdminAnswers.WriteAsync(context, show(pipeline), type)
            : problem.WriteToAsync(context));

    private Task WriteKeysAsync(HttpContext context)
    {
        if (Find(context, out var problem) is not { } pipeline)
        {
            return problem.WriteToAsync(context);
        }

        var count = DefaultKeys;
        var asked = context.Request.Query["count"].ToString();
        return asked.Length > 0 && !(int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count <= MostKeys)
            ? AdminProblem.BadRequest("bad-value", $"'count' is '{asked}'; it must be a whole number from 0 to {MostKeys}.").WriteToAsync(context)
            : AdminAnswers.WriteAsync(context, pipeline.HottestKeys(count), AdminJson.Default.IReadOnlyListKeyHitsString);
    }

    private IRequestPipeline? Find(HttpContext context, out AdminProblem problem)
    {
        var name = context.Request.RouteValues["name"] as string ?? "";
        problem = AdminAnswers.NoPipeline(_pipelines, name);
        return _pipelines.Find(name);
    }
}
