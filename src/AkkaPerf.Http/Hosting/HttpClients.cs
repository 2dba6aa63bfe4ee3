using AkkaPerf.Hosting;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Hosting;

/// <summary>Leads an application's own calls to pipelines.</summary>
public static class HttpClients
{
    /// <summary>
    /// Sends a client's calls through a pipeline defined by <c>WithHttpPipeline</c>, as <see cref="PipelineMessageHandler"/> says. It is the primary handler and
    /// never rotated; other handlers go on working above it. The client's <see cref="HttpClient.BaseAddress"/> may name any host: the pipeline's backends answer.
    /// </summary>
    /// <param name="builder">What <c>AddHttpClient</c> returned.</param>
    /// <param name="pipeline">The pipeline's name; it is looked for with the first call.</param>
    public static IHttpClientBuilder AddPipelineHandler(this IHttpClientBuilder builder, string pipeline)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(pipeline);
        var client = builder.Name;
        return builder
            .ConfigurePrimaryHttpMessageHandler(services =>
            {
                var pipelines = services.GetService<IPipelines>()
                    ?? throw new InvalidOperationException($"The HttpClient '{client}' is to use pipeline '{pipeline}', but AddAkkaPerf() was not called.");
                return new PipelineMessageHandler(() => Find(services, pipelines, pipeline, client), new CacheNeighbours(pipelines));
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    private static IRequestPipeline<ProxyRequest, ProxyResponse> Find(IServiceProvider services, IPipelines pipelines, string name, string client)
    {
        if (pipelines.Find(name) is IRequestPipeline<ProxyRequest, ProxyResponse>)
        {
            // Not the one found: the handler lives on when another takes over from it.
            return services.GetRequiredKeyedService<IRequestPipeline<ProxyRequest, ProxyResponse>>(name);
        }

        var names = string.Join(", ", pipelines.All.OfType<IRequestPipeline<ProxyRequest, ProxyResponse>>().Select(pipeline => $"'{pipeline.Name}'"));
        var why = pipelines.Find(name) is null ? "does not run" : "is not one of HTTP";
        throw new InvalidOperationException(
            $"The HttpClient '{client}' is to use pipeline '{name}', which {why}. Running HTTP pipelines are: {(names.Length == 0 ? "none" : names)}. " +
            $"Define it with WithHttpPipeline(\"{name}\") inside AddAkka(…); it runs once the host has started.");
    }
}
