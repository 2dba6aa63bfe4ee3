using Akka.Hosting;
using AkkaPerf.Exchanges;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Streaming;
using AkkaPerf.Http.Transport;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Hosting;

/// <summary>Defines pipelines that forward HTTP on Akka.Hosting's builder.</summary>
public static class HttpPipelines
{
    /// <summary>Defines a pipeline that forwards requests to the backends configured for it; <c>MapPipeline</c> leads requests to it.</summary>
    /// <param name="builder">Inside <c>AddAkka</c>.</param>
    /// <param name="name">Unique; the key below <c>akkaperf.pipelines</c>.</param>
    /// <param name="configure">Sets what is special about HTTP.</param>
    /// <param name="define">Says more of the pipeline, such as its options in code or another probe; not its handler.</param>
    /// <exception cref="ArgumentException">The name is not valid, or taken; an option is out of its range.</exception>
    public static AkkaConfigurationBuilder WithHttpPipeline(
        this AkkaConfigurationBuilder builder,
        string name,
        Action<HttpPipelineOptions>? configure = null,
        Action<PipelineBuilder<ProxyRequest, ProxyResponse>>? define = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithPipeline(Blueprint(name, configure, define));
    }

    /// <summary>Defines the same without starting it, for <see cref="PipelineReloader"/>.</summary>
    /// <param name="name">Unique; the key below <c>akkaperf.pipelines</c>.</param>
    /// <param name="configure">Sets what is special about HTTP.</param>
    /// <param name="define">Says more of the pipeline, such as its options in code or another probe; not its handler.</param>
    /// <exception cref="ArgumentException">The name is not valid; an option is out of its range.</exception>
    public static PipelineBlueprint Blueprint(
        string name, Action<HttpPipelineOptions>? configure = null, Action<PipelineBuilder<ProxyRequest, ProxyResponse>>? define = null)
    {
        var options = new HttpPipelineOptions();
        configure?.Invoke(options);
        var streams = new OpenStreams(options.MaxStreams);
        var forwarder = new Forwarder(options, new StreamAnswers(options, streams));
        return PipelineBlueprint.Create<ProxyRequest, ProxyResponse>(name, pipeline =>
        {
            pipeline
                .UseTime(options.Time)
                .LeavesOpen(streams)
                .ProbeWithTls(options.BackendTls.ToClientOptions())
                .CacheWith(new HttpCachingPolicy(options))
                .BalanceBy(static request => request.Affinity)
                .TraceBy(TraceContext.Of)
                .RetryWhen(static request => request.IsRepeatable, SendFailure.IsTransient);
            define?.Invoke(pipeline);
            pipeline
                .ConnectWith(new HttpConnectionFactory(options.BackendHttp, options.BackendTls) { UsesEventLoops = options.UseEventLoops })
                .HandleExchange(forwarder.HandleAsync, HandlerTraits.NonBlocking | HandlerTraits.KeepsNoContext);
        });
    }
}
