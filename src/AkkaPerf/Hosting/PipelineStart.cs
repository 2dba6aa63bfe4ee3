using Akka;
using Akka.Actor;
using Akka.DependencyInjection;
using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Hosting;

/// <summary>Starts the pipelines of one actor system together, so that a faulty configuration is reported as a whole and nothing runs.</summary>
internal sealed class PipelineStart
{
    private readonly List<PipelinePlan> _plans = [];

    public void Add(PipelinePlan plan)
    {
        if (plan.Name.Length is 0 or > 100 || !plan.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw new ArgumentException($"'{plan.Name}' is no name for a pipeline: 1 to 100 letters, digits, '_' or '-' are allowed.", nameof(plan));
        }

        if (_plans.Exists(other => other.Name == plan.Name))
        {
            throw new ArgumentException($"A pipeline named '{plan.Name}' is defined already.", nameof(plan));
        }

        _plans.Add(plan);
    }

    public void Run(ActorSystem system, IDependencyResolver resolver)
    {
        if (resolver.GetService<PipelineRegistry>() is not { } registry)
        {
            throw new InvalidOperationException("WithPipeline needs AddAkkaPerf(): call builder.Services.AddAkkaPerf() beside AddAkka(…).");
        }

        ISecondLevelProvider[] secondLevels = [.. resolver.GetService<IEnumerable<ISecondLevelProvider>>()];
        string[] caches = [.. resolver.GetService<IEnumerable<CacheDefinition>>().Select(definition => definition.Name)];
        var configuration = new PipelineConfiguration(ConfigurationStack.FromActorSystem(system));
        var bound = _plans.Select(plan => (Plan: plan, Options: configuration.Bind(plan.Name, plan.Code))).ToArray();
        InvalidConfigurationException.ThrowIfAny(bound
            .SelectMany(item => item.Options.Faults
                .Concat(item.Plan.Check(item.Options))
                .Concat(SecondLevelAgreement.Check(item.Options, item.Plan.Name, secondLevels)))
            .Concat(configuration.CheckDefined([.. _plans.Select(plan => plan.Name)], caches))
            .Distinct());
        foreach (var (plan, options) in bound)
        {
            var pipeline = plan.Start(system, options.Value, resolver.GetService<IServiceProvider>());
            registry.Add(pipeline);
            CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "akkaperf-" + plan.Name, async () =>
            {
                await pipeline.DrainAsync().ConfigureAwait(false);
                return Done.Instance;
            });
        }
    }
}
