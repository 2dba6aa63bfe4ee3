using Akka;
using Akka.Actor;
using Akka.DependencyInjection;

namespace AkkaPerf.Hosting;

/// <summary>Starts the pipelines of one actor system together, so that a faulty configuration is reported as a whole and nothing runs.</summary>
internal sealed class PipelineStart
{
    private readonly List<PipelineBlueprint> _blueprints = [];

    public void Add(PipelineBlueprint blueprint)
    {
        if (_blueprints.Exists(other => other.Name == blueprint.Name))
        {
            throw new ArgumentException($"A pipeline named '{blueprint.Name}' is defined already.", nameof(blueprint));
        }

        _blueprints.Add(blueprint);
    }

    public void Run(ActorSystem system, IDependencyResolver resolver)
    {
        if (resolver.GetService<PipelineRegistry>() is not { } registry)
        {
            throw new InvalidOperationException("WithPipeline needs AddAkkaPerf(): call builder.Services.AddAkkaPerf() beside AddAkka(…).");
        }

        var launcher = new PipelineLauncher(system, resolver.GetService<IServiceProvider>());
        var bound = launcher.Bind(ConfigurationStack.FromActorSystem(system), _blueprints);
        foreach (var (blueprint, options) in bound)
        {
            registry.Add(launcher.Start(blueprint, options));
        }

        registry.Launcher = launcher;
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "akkaperf", async () =>
        {
            await registry.DrainAsync().ConfigureAwait(false);
            return Done.Instance;
        });
    }
}
