using System.Runtime.CompilerServices;
using Akka.Hosting;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaPerf.Hosting;

/// <summary>Defines pipelines on Akka.Hosting's builder.</summary>
public static class AkkaPerfHosting
{
    // Which pipelines a builder has been given; the builder has no place of its own for them, and forgets them with itself.
    private static readonly ConditionalWeakTable<AkkaConfigurationBuilder, PipelineStart> Starts = [];

    /// <summary>Defines a pipeline; it starts with the actor system.</summary>
    /// <param name="builder">Inside <c>AddAkka</c>.</param>
    /// <param name="name">Unique; the key in DI and below <c>akkaperf.pipelines</c>; letters, digits, '_' and '-'.</param>
    /// <param name="define">Says what it does.</param>
    /// <exception cref="ArgumentException">The name is not valid, or taken.</exception>
    /// <exception cref="InvalidOperationException">The definition has no handler, or two.</exception>
    public static AkkaConfigurationBuilder WithPipeline<TRequest, TResponse>(
        this AkkaConfigurationBuilder builder, string name, Action<PipelineBuilder<TRequest, TResponse>> define)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithPipeline(PipelineBlueprint.Create(name, define));
    }

    /// <summary>Takes a pipeline that is defined already; it starts with the actor system.</summary>
    /// <param name="builder">Inside <c>AddAkka</c>.</param>
    /// <param name="blueprint">The pipeline.</param>
    /// <exception cref="ArgumentException">Its name is taken.</exception>
    public static AkkaConfigurationBuilder WithPipeline(this AkkaConfigurationBuilder builder, PipelineBlueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(blueprint);
        var name = blueprint.Name;
        Start(builder).Add(blueprint);
        return builder.WithHealthCheck(
            "akkaperf." + name,
            (system, _, _) => Task.FromResult(PipelineHealth.Check(system, name)),
            HealthStatus.Unhealthy,
            ["akkaperf", "readiness"],
            timeout: null);
    }

    /// <summary>Takes pipelines that are defined already, which may be none: a <see cref="PipelineReloader"/> can add others later.</summary>
    /// <param name="builder">Inside <c>AddAkka</c>.</param>
    /// <param name="blueprints">The pipelines.</param>
    /// <exception cref="ArgumentException">A name is taken.</exception>
    public static AkkaConfigurationBuilder WithPipelines(this AkkaConfigurationBuilder builder, IEnumerable<PipelineBlueprint> blueprints)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(blueprints);
        Start(builder);
        foreach (var blueprint in blueprints)
        {
            builder.WithPipeline(blueprint);
        }

        return builder;
    }

    private static PipelineStart Start(AkkaConfigurationBuilder builder)
    {
        if (Starts.TryGetValue(builder, out var start))
        {
            return start;
        }

        start = new PipelineStart();
        Starts.Add(builder, start);

        // An upper bound only: a drain ends by itself at the pipeline's own drain-timeout, which may be as long as this.
        // And the host decides when to stop: Akka's own hook would drain at the signal, beside it and without its drain-delay.
        builder
            .AddHocon("akka.coordinated-shutdown.phases.service-requests-done.timeout = 3660s", HoconAddMode.Append)
            .AddHocon("akka.coordinated-shutdown.run-by-clr-shutdown-hook = off", HoconAddMode.Append)
            .WithActorSystemLivenessCheck()
            .WithActors((system, _, resolver) => start.Run(system, resolver));
        return start;
    }
}
