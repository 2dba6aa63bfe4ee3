using System.Globalization;
using Akka.Actor;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Hosting;

/// <summary>Starts pipelines in one actor system, once all of them have been found valid together.</summary>
internal sealed class PipelineLauncher
{
    private readonly ActorSystem _system;
    private readonly IServiceProvider _services;
    private int _started;

    public PipelineLauncher(ActorSystem system, IServiceProvider services)
    {
        _system = system;
        _services = services;
    }

    /// <summary>The options of pipelines as a configuration has them.</summary>
    /// <exception cref="InvalidConfigurationException">It has faults: all of them.</exception>
    public IReadOnlyList<(PipelineBlueprint Blueprint, PipelineOptions Options)> Bind(ConfigurationStack stack, IReadOnlyCollection<PipelineBlueprint> blueprints)
    {
        ISecondLevelProvider[] secondLevels = [.. _services.GetServices<ISecondLevelProvider>()];
        string[] caches = [.. _services.GetServices<CacheDefinition>().Select(definition => definition.Name)];
        var configuration = new PipelineConfiguration(stack);
        var bound = blueprints.Select(blueprint => (Blueprint: blueprint, Options: blueprint.Bind(configuration))).ToArray();
        InvalidConfigurationException.ThrowIfAny(bound
            .SelectMany(item => item.Options.Faults.Concat(SecondLevelAgreement.Check(item.Options, item.Blueprint.Name, secondLevels)))
            .Concat(configuration.CheckDefined([.. blueprints.Select(blueprint => blueprint.Name)], caches))
            .Distinct());
        return [.. bound.Select(item => (item.Blueprint, item.Options.Value))];
    }

    /// <summary>Starts one; a name may be started again, beside the one that it is to take over from.</summary>
    public IRequestPipeline Start(PipelineBlueprint blueprint, PipelineOptions options)
    {
        var number = Interlocked.Increment(ref _started);
        var actor = string.Create(CultureInfo.InvariantCulture, $"akkaperf-{blueprint.Name}-{number}");
        return blueprint.Start(_system, actor, options, _services);
    }
}
