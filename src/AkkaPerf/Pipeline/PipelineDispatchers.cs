using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace AkkaPerf.Pipeline;

/// <summary>Makes the dispatcher on which a pipeline's island and its pool actors run. It has no threads of its own.</summary>
internal static class PipelineDispatchers
{
    // Messages an actor handles before others get their turn; a wake-up is one message for many exchanges.
    private const int Throughput = 100;

    private static long _lastNumber;

    /// <summary>Registers a dispatcher of this kind and returns its id.</summary>
    /// <param name="system">Where.</param>
    /// <param name="kind">Which threads it uses.</param>
    /// <param name="isBusy">Whether the pipeline has so much to do that batches on the thread pool are cheaper than the caller's own thread.</param>
    public static string Register(ActorSystem system, DispatcherKind kind, Func<bool> isBusy)
    {
        // Numbered: a pipeline started later under the same name is not the same.
        var id = $"akkaperf-dispatcher-{Interlocked.Increment(ref _lastNumber)}";
        var executor = new TurnExecutor(id, usesCallers: kind == DispatcherKind.Inline, isBusy);

        // Fuzzing looks for orders that hold by luck only: there every message gives others their turn.
        var throughput = system.Settings.Config.GetBoolean("akka.stream.materializer.debug.fuzzing-mode") ? 1 : Throughput;
        system.Dispatchers.RegisterConfigurator(id, new Configurator(id, throughput, executor, system.Dispatchers.Prerequisites));
        return id;
    }

    private sealed class Configurator : MessageDispatcherConfigurator
    {
        private readonly MessageDispatcher _dispatcher;

        public Configurator(string id, int throughput, ExecutorService executor, IDispatcherPrerequisites prerequisites)
            : base(Config.Empty, prerequisites) =>
            _dispatcher = new Dispatcher(this, id, throughput, null, new Factory(executor), TimeSpan.FromSeconds(1));

        public override MessageDispatcher Dispatcher() => _dispatcher;
    }

    private sealed class Factory(ExecutorService executor) : ExecutorServiceFactory
    {
        public override ExecutorService Produce(string id) => executor;
    }
}
