using Akka.Actor;
using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Connections;
using AkkaPerf.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Pipeline;

/// <summary>Starts a pipeline in an actor system.</summary>
internal static class PipelineStarter
{
    // Exchanges inside from which batches can pay at all.
    private const int BusyFrom = 8;

    private const string ImplicitBackend = "default";

    public static (RequestPipeline<TRequest, TResponse> Pipeline, PipelineRuntime Runtime) Start<TRequest, TResponse>(
        ActorSystem system,
        string name,
        PipelineOptions options,
        PipelineDefinition<TRequest, TResponse> definition,
        IServiceProvider? services = null,
        string? actor = null,
        bool isReported = true)
    {
        var limits = definition.Pools is null ? null : new ConnectionLimits(options.Connections, definition.SharesConnections);
        var directory = CreateDirectory(options, definition, limits);
        var balancing = directory is null ? null : CreateBalancing(options.Balancing, directory, definition);
        var levels = CreateLevels(name, options, definition, new SecondLevelFactory(services));
        var parts = new PipelineParts(
            definition.CachingPolicy is not null, definition.Traits, directory, balancing, levels, definition.Random, definition.IsRepeatable is not null)
        {
            Limits = limits,
            Streams = definition.Streams,
            Metrics = PipelineMetrics.Of(services),
        };
        var core = new PipelineCore(name, options, definition.Time, parts);
        var dispatcher = PipelineDispatchers.Register(system, options.Dispatcher, IsBusy(core));
        var needs = new PipelineServices(dispatcher, definition.Pools, definition.Probe, definition.Random, CreateSources(options, definition))
        {
            ProbeTls = definition.ProbeTls,
            Loggers = services?.GetService<ILoggerFactory>(),
        };
        var supervisor = system.ActorOf(Props.Create(() => new PipelineSupervisor(core, needs)), actor ?? "akkaperf-" + name);
        StopWith(system, new WeakReference<PipelineCore>(core));
        if (isReported)
        {
            core.Report();
        }

        if (definition.Streams is { } streams)
        {
            EndWith(core, streams);
        }

        var runtime = new PipelineRuntime(core, supervisor);
        var pipeline = new RequestPipeline<TRequest, TResponse>(core, runtime, definition);
        _ = pipeline.WarmHotKeysAsync(definition.RequestOf, CancellationToken.None);
        return (pipeline, runtime);
    }

    // The system keeps the dispatcher to its end: it must not keep the pipeline, which may have a successor by then.
    private static Func<bool> IsBusy(PipelineCore core)
    {
        var (arrivals, door) = (core.Arrivals, core.Door);
        return () => arrivals.IsDense && door.Inside > BusyFrom;
    }

    private static LevelParts CreateLevels<TRequest, TResponse>(
        string name, PipelineOptions options, PipelineDefinition<TRequest, TResponse> definition, SecondLevelFactory seconds)
    {
        if (definition.CachingPolicy is null || !options.Cache.Enabled)
        {
            return new LevelParts(definition.Time, definition.Random);
        }

        var second = definition.Distributed is { } store
            ? seconds.Create(name, store, options.Cache.L2, definition.Time, definition.Random)
            : seconds.Create(name, options.Cache.L2, definition.Time, definition.Random);
        return new LevelParts(definition.Time, definition.Random, second, seconds.Serializers);
    }

    // A system that ends at once may never create the supervisor. Weak: a drained pipeline need not wait for the system's end to be collected.
    private static void StopWith(ActorSystem system, WeakReference<PipelineCore> pipeline) => system.RegisterOnTermination(() =>
    {
        if (pipeline.TryGetTarget(out var core))
        {
            core.Stop();
        }
    });

    private static void EndWith(PipelineCore core, IOpenStreams streams) => _ = core.WhenStopped.ContinueWith(
        _ =>
        {
            if (!core.IsRetired)
            {
                streams.End();
            }
        },
        CancellationToken.None,
        TaskContinuationOptions.None,
        TaskScheduler.Default);

    private static BackendDirectory? CreateDirectory<TRequest, TResponse>(
        PipelineOptions options, PipelineDefinition<TRequest, TResponse> definition, ConnectionLimits? limits)
    {
        if (options.Backends.Count == 0 && definition.Sources.Count == 0 && definition.Pools is null)
        {
            return null;
        }

        var directory = new BackendDirectory(definition.Time, RulesOf(options), definition.Random) { ConnectionLimitOf = limits is null ? null : limits.OwnMaxOf };
        directory.Watcher = new PassiveHealth(directory, options.Health.Passive, definition.Time);
        directory.Update([.. options.Backends.Where(static backend => backend.Resolve == TimeSpan.Zero)], removed: []);
        if (options.Backends.Count == 0 && definition.Sources.Count == 0)
        {
            directory.Add(new BackendOptions { Id = ImplicitBackend, Address = new Uri("akkaperf:" + ImplicitBackend) });
        }

        return directory;
    }

    private static List<IBackendSource> CreateSources<TRequest, TResponse>(PipelineOptions options, PipelineDefinition<TRequest, TResponse> definition) =>
    [
        .. options.Backends
            .Where(static backend => backend.Resolve > TimeSpan.Zero)
            .Select(backend => new DnsBackendSource(backend, definition.Resolver, definition.Time, new Random(definition.Random.Next()))),
        .. definition.Sources,
    ];

    private static HealthRules RulesOf(PipelineOptions options) => options.Balancing.ToRules() with
    {
        UnknownIsEligible = !options.Health.Enabled,
        EjectionTime = options.Health.Passive.EjectionTime,
        MaxEjectionTime = options.Health.Passive.MaxEjectionTime,
        MaxEjected = options.Health.Passive.MaxEjected,
    };

    private static BalancingParts CreateBalancing<TRequest, TResponse>(
        BalancingOptions options, BackendDirectory directory, PipelineDefinition<TRequest, TResponse> definition)
    {
        var policies = new PolicyBook(options, definition.Policies, directory, definition.Time, definition.Random);
        var decisions = new DecisionLog(options.Trace, directory, definition.Time, definition.Random);
        return new BalancingParts(policies, new BackendSelector(directory, policies, definition.Random, decisions), decisions);
    }
}
