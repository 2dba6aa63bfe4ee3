using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace AkkaPerf.Pipeline;

/// <summary>The dispatchers on which islands and pool actors run; registered with the actor system on first use.</summary>
internal static class PipelineDispatchers
{
    private const string InlineId = "akkaperf-inline-dispatcher";
    private const string PoolId = "akkaperf-pool-dispatcher";

    // Messages an actor handles before others get their turn; a wake-up is one message for many exchanges.
    private const int Throughput = 100;

    /// <summary>Returns the id of the dispatcher of this kind.</summary>
    public static string Register(ActorSystem system, DispatcherKind kind)
    {
        var id = kind == DispatcherKind.Inline ? InlineId : PoolId;
        if (!system.Dispatchers.HasDispatcher(id))
        {
            system.Dispatchers.RegisterConfigurator(id, new Configurator(id, kind, system.Dispatchers.Prerequisites));
        }

        return id;
    }

    private sealed class Configurator : MessageDispatcherConfigurator
    {
        private readonly MessageDispatcher _dispatcher;

        public Configurator(string id, DispatcherKind kind, IDispatcherPrerequisites prerequisites)
            : base(Config.Empty, prerequisites) =>
            _dispatcher = new Dispatcher(this, id, Throughput, null, new Factory(kind), TimeSpan.FromSeconds(1));

        public override MessageDispatcher Dispatcher() => _dispatcher;
    }

    private sealed class Factory(DispatcherKind kind) : ExecutorServiceFactory
    {
        public override ExecutorService Produce(string id) => kind == DispatcherKind.Inline ? new InlineExecutor(id) : new PoolExecutor(id);
    }
}
