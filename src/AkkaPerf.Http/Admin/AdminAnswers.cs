using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AkkaPerf.Hosting;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Admin;

/// <summary>How the admin endpoints answer.</summary>
internal static class AdminAnswers
{
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(context.Response.BodyWriter, value, type, context.RequestAborted);
    }

    /// <summary>What is told to who asks for a pipeline that is not there.</summary>
    public static AdminProblem NoPipeline(IPipelines pipelines, string name) =>
        AdminProblem.NotFound("no-such-pipeline", $"There is no pipeline '{name}'.", pipelines.All.Select(static pipeline => pipeline.Name));
}
