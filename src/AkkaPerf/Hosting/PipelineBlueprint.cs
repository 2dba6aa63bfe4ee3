using Akka.Actor;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>A pipeline that is defined but not started.</summary>
public sealed class PipelineBlueprint
{
    private readonly Action<PipelineOptions> _code;
    private readonly Func<BoundOptions<PipelineOptions>, IEnumerable<ConfigurationFault>> _check;
    private readonly Func<ActorSystem, string, PipelineOptions, IServiceProvider, IRequestPipeline> _start;

    private PipelineBlueprint(
        string name,
        Action<PipelineOptions> code,
        Func<BoundOptions<PipelineOptions>, IEnumerable<ConfigurationFault>> check,
        Func<ActorSystem, string, PipelineOptions, IServiceProvider, IRequestPipeline> start)
    {
        Name = name;
        _code = code;
        _check = check;
        _start = start;
    }

    /// <summary>Its name: the key in DI and below <c>akkaperf.pipelines</c>.</summary>
    public string Name { get; }

    /// <summary>Defines a pipeline.</summary>
    /// <param name="name">Unique; letters, digits, '_' and '-'.</param>
    /// <param name="define">Says what it does.</param>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="InvalidOperationException">The definition has no handler, or two.</exception>
    public static PipelineBlueprint Create<TRequest, TResponse>(string name, Action<PipelineBuilder<TRequest, TResponse>> define)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(define);
        if (name.Length is 0 or > 100 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw new ArgumentException($"'{name}' is no name for a pipeline: 1 to 100 letters, digits, '_' or '-' are allowed.", nameof(name));
        }

        var pipeline = new PipelineBuilder<TRequest, TResponse>();
        define(pipeline);
        var definition = pipeline.Build(name);
        return new PipelineBlueprint(
            name,
            pipeline.Apply,
            options => PipelineAgreement.Check(options, name, definition.Policies.Keys, pipeline.OpensSharedConnections)
                .Concat(PipelineAgreement.CheckCache(options, name, definition.RequestOf is not null, definition.Distributed is not null)),
            (system, actor, options, services) => PipelineStarter.Start(system, name, options, definition, services, actor, isReported: false).Pipeline);
    }

    /// <summary>What a configuration makes of it.</summary>
    internal BoundOptions<PipelineOptions> Bind(PipelineConfiguration configuration)
    {
        var bound = configuration.Bind(Name, _code);
        return bound.With(_check(bound));
    }

    internal IRequestPipeline Start(ActorSystem system, string actor, PipelineOptions options, IServiceProvider services) =>
        _start(system, actor, options, services);
}
