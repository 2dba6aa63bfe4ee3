using Akka.Actor;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.TestKit;

/// <summary>Starts pipelines for tests.</summary>
public static class TestPipeline
{
    /// <summary>Starts a pipeline in an actor system of its own, in virtual time, with seeded chance.</summary>
    /// <param name="build">Says what the pipeline does, as in production.</param>
    /// <param name="configure">Says how it runs; null for the defaults.</param>
    /// <typeparam name="TRequest">What is asked.</typeparam>
    /// <typeparam name="TResponse">What is answered.</typeparam>
    /// <exception cref="InvalidOperationException">The builder was given no handler.</exception>
    public static TestPipeline<TRequest, TResponse> Start<TRequest, TResponse>(
        Action<PipelineBuilder<TRequest, TResponse>> build, Action<TestPipelineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        var how = new TestPipelineOptions();
        configure?.Invoke(how);
        var time = new FakeTimeProvider();
        var builder = new PipelineBuilder<TRequest, TResponse>();
        builder.UseTime(how.RealTime ? TimeProvider.System : time).UseRandom(new SeededRandom(how.Seed));
        build(builder);
        var options = new PipelineOptions();
        builder.Apply(options);
        options.Dispatcher = how.Dispatcher ?? options.Dispatcher;

        var definition = builder.Build(how.Name);
        var system = ActorSystem.Create(how.Name, $$"""
            akka.loglevel = WARNING
            akka.stdout-loglevel = WARNING
            akka.stream.materializer.debug.fuzzing-mode = {{(how.Fuzzing ? "on" : "off")}}
            """);
        var (pipeline, runtime) = PipelineStarter.Start(system, how.Name, options, definition);
        return new TestPipeline<TRequest, TResponse>(system, pipeline, runtime, time, how.Seed);
    }
}
