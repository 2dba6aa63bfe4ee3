using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Health;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Pipeline;

/// <summary>Materialises a pipeline's graph, starts it again with back-off when it fails, drains it, ends it.</summary>
internal sealed class PipelineSupervisor : ReceiveActor
{
    private static readonly TimeSpan MinBackOff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxBackOff = TimeSpan.FromSeconds(10);

    // A stream that ran this long had its chance: the next failure starts the back-off anew.
    private static readonly TimeSpan ForgiveAfter = TimeSpan.FromMinutes(1);

    private readonly PipelineCore _core;
    private readonly ILogger _logger;
    private readonly OverloadWatch _overload;
    private readonly PipelineServices _services;
    private readonly bool _fuzzing;
    private readonly IActorRef _self;
    private readonly CancellationTokenSource _following = new();
    private ActorMaterializer? _materializer;
    private AddressHealthProbe? _ownProbe;
    private ITimer? _timer;
    private TimeSpan _backOff = MinBackOff;
    private long _startedAt;
    private Exception? _failure;
    private bool _hasIsland;
    private bool _isDraining;
    private bool _isDrainLimited;
    private bool _isDrainOverdue;

    public PipelineSupervisor(PipelineCore core, PipelineServices services)
    {
        _core = core;
        _services = services;
        _logger = services.LoggerOf("Pipeline", core.Name) ?? new AkkaLogger(Context.GetLogger());
        _overload = new OverloadWatch(_logger, core);
        _fuzzing = Context.System.Settings.Config.GetBoolean("akka.stream.materializer.debug.fuzzing-mode");
        _self = Self;
        Receive<Protocol.Ended>(OnEnded);
        Receive<Terminated>(_ => OnIslandGone());
        Receive<Protocol.Start>(_ => Start());
        Receive<Protocol.Drain>(_ => Drain());
        Receive<Protocol.Retire>(_ => Retire());
        Receive<Protocol.GiveUp>(_ => GiveUp());
        Receive<Protocol.OrphanReturned>(_ => FinishOnceEmpty());
    }

    protected override void PreStart()
    {
        _core.Ingress.Ended = failure => _self.Tell(new Protocol.Ended(failure), ActorRefs.NoSender);
        var shutdown = CoordinatedShutdown.Get(Context.System);
        _core.Ingress.IsLast = () => shutdown.ShutdownReason is not null;
        _core.Overload = _overload;
        _core.Ingress.Crowded = _overload.Crowd;
        StartChildren();
        Start();
        PipelineLog.Started(_logger, _core.Name);
    }

    protected override void PostStop()
    {
        _timer?.Dispose();
        _following.Cancel();
        _ownProbe?.Dispose();

        // The island is a child and so has stopped before: nobody else takes from the queues that are settled now.
        _core.Stop();
        _overload.Dispose();
        PipelineLog.Stopped(_logger, _core.Name);
    }

    private void StartChildren()
    {
        if (_services.Pools is { } start)
        {
            var needs = new PoolNeeds(_core.Directory!, _core.Options.Connections, _core.Limits!, Watch());
            _core.Pools = start(Context, needs, _core.Time, _services.Random, _services.Dispatcher);
            Interlocked.MemoryBarrier();
            _core.Pools.ApplyLimits();
        }

        if (_core.Directory is not { } directory)
        {
            return;
        }

        Context.ActorOf(TransitionReporter.Props(_core.Name, directory, _services.LoggerOf("Backends", _core.Name)), "transitions");
        if (_core.Options.Health is { Enabled: true } options)
        {
            // A probe that the configuration names counts before one given in code.
            var given = options.Probe == ProbeKind.Auto ? _services.Probe : null;
            _ownProbe = given is null ? new AddressHealthProbe(options, _services.ProbeTls) : null;
            var peers = given is null ? new ProbePeers(SharedProbes.Of(Context.System), options, _services.ProbeTls) : null;
            Context.ActorOf(HealthSupervisor.Props(directory, given ?? _ownProbe!, options, _core.Time, _services.Random, peers), "health");
        }

        foreach (var source in _services.Sources)
        {
            // On the thread pool, whatever the source does; it throws nothing and ends with the token.
            var follower = new BackendFollower(directory, source, _core.Time, new Random(_services.Random.Next()), Warn);
            var token = _following.Token;
            _ = Task.Run(() => follower.RunAsync(token), CancellationToken.None);
        }
    }

    private PoolWatch Watch()
    {
        var durations = _core.Durations;
        return new PoolWatch((backend, ticks) => durations.Opened(ticks, backend.LastingId), _services.LoggerOf("Connections", _core.Name));
    }

    // Any thread.
    private void Warn(string what, Exception? cause) => PipelineLog.SourceTroubled(_logger, cause, _core.Name, what);

    private void Start()
    {
        if (_isDraining)
        {
            return;
        }

        _startedAt = _core.Time.GetTimestamp();
        var settings = ActorMaterializerSettings.Create(Context.System).WithDispatcher(_services.Dispatcher).WithFuzzingMode(_fuzzing);
        _materializer = ActorMaterializer.Create(Context, settings, "akkaperf-" + _core.Name);
        Context.Watch(_materializer.Supervisor);
        _hasIsland = true;
        PipelineGraph.Create(_core).Run(_materializer);
    }

    // The top has ended, but other stages may not have been told yet: their ends must not meet the beginnings of the next island.
    private void OnEnded(Protocol.Ended ended)
    {
        _failure = ended.Failure;
        _materializer?.Shutdown();
    }

    private void OnIslandGone()
    {
        _hasIsland = false;
        if (_isDraining && !_isDrainOverdue)
        {
            WaitForOrphans();
            return;
        }

        if (_isDraining || _core.Ingress.IsLast!())
        {
            Finish();
            return;
        }

        if (_core.Time.GetElapsedTime(_startedAt) > ForgiveAfter)
        {
            _backOff = MinBackOff;
        }

        _core.CountRestart();
        PipelineLog.StreamFailed(_logger, _failure, _core.Name, _backOff);
        _core.Door.ReopensIn(_backOff);
        After(_backOff, new Protocol.Start());
        _backOff = TimeSpan.FromTicks(Math.Min(_backOff.Ticks * 2, MaxBackOff.Ticks));
    }

    private void Drain()
    {
        if (_isDrainLimited)
        {
            return;
        }

        _isDrainLimited = true;
        PipelineLog.Draining(_logger, _core.Name, _core.Door.Inside, _core.Options.DrainTimeout);
        After(_core.Options.DrainTimeout, new Protocol.GiveUp());
        if (_isDraining)
        {
            _core.Ingress.Drain();
        }
        else
        {
            Retire();
        }
    }

    // Another pipeline has taken over: what is inside or waits at the door has all the time it needs, until the application ends.
    private void Retire()
    {
        if (_isDraining)
        {
            return;
        }

        _isDraining = true;
        if (!_isDrainLimited)
        {
            PipelineLog.Replaced(_logger, _core.Name, _core.Door.Inside);
            _timer?.Dispose();
        }

        _core.Ingress.Drain(refusesOutside: _isDrainLimited);
        if (!_hasIsland)
        {
            WaitForOrphans();
        }
    }

    // Handlers of an island that is gone hold permits and connections until they end; no island will come to take them in.
    private void WaitForOrphans()
    {
        // Asked for before the look: whoever is given back after it says so.
        _core.OrphanReturned = () => _self.Tell(Protocol.OrphanReturned.Instance, ActorRefs.NoSender);
        Interlocked.MemoryBarrier();
        _core.Connections.Close();
        _core.Caching.Close();
        FinishOnceEmpty();
    }

    private void FinishOnceEmpty()
    {
        if (!_core.IsHolding)
        {
            Finish();
        }
    }

    private void GiveUp()
    {
        PipelineLog.DrainOverdue(_logger, _core.Name, _core.Options.DrainTimeout, _core.Door.Inside);
        _isDrainOverdue = true;
        if (_hasIsland)
        {
            _materializer!.Shutdown();
        }
        else
        {
            Finish();
        }
    }

    private void Finish() => Context.Stop(Self);

    private void After(TimeSpan due, object message)
    {
        _timer?.Dispose();
        _timer = _core.Time.CreateTimer(_ => _self.Tell(message, ActorRefs.NoSender), null, due, Timeout.InfiniteTimeSpan);
    }

    internal static class Protocol
    {
        public sealed record Start;

        public sealed record Drain;

        public sealed record Retire;

        public sealed record GiveUp;

        public sealed record OrphanReturned : IDeadLetterSuppression
        {
            public static readonly OrphanReturned Instance = new();
        }

        public sealed record Ended(Exception? Failure);
    }
}
