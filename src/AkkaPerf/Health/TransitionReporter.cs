using Akka.Actor;
using Akka.Event;
using AkkaPerf.Backends;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Health;

/// <summary>Says what happens to a pipeline's backends: on the event stream and in the log, each change once. Runs whether they are probed or not.</summary>
internal sealed class TransitionReporter : ReceiveActor
{
    private readonly string _pipeline;
    private readonly TransitionLog _transitions;
    private readonly ILogger _logger;
    private Action<BackendTransition>? _onTransition;
    private Action<PanicTransition>? _onPanic;

    public TransitionReporter(string pipeline, BackendDirectory directory, ILogger? logger)
    {
        _logger = logger ?? new AkkaLogger(Context.GetLogger());
        _pipeline = pipeline;
        _transitions = directory.Transitions;
        Receive<BackendTransition>(OnTransition);
        Receive<PanicTransition>(OnPanic);
    }

    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="directory">Whose backends.</param>
    /// <param name="logger">Where it is written; null: the actor system's log.</param>
    public static Props Props(string pipeline, BackendDirectory directory, ILogger? logger = null) =>
        Akka.Actor.Props.Create(() => new TransitionReporter(pipeline, directory, logger));

    protected override void PreStart()
    {
        var self = Self;
        _onTransition = transition => self.Tell(transition, ActorRefs.NoSender);
        _onPanic = panic => self.Tell(panic, ActorRefs.NoSender);
        _transitions.Transitioned += _onTransition;
        _transitions.PanicChanged += _onPanic;
    }

    protected override void PostStop()
    {
        _transitions.Transitioned -= _onTransition;
        _transitions.PanicChanged -= _onPanic;
    }

    private void OnTransition(BackendTransition transition)
    {
        Context.System.EventStream.Publish(transition with { Pipeline = _pipeline });
        switch (transition)
        {
            case { From: null }:
                BackendLog.Added(_logger, _pipeline, transition.Backend);
                break;
            case { To: null }:
                BackendLog.Removed(_logger, _pipeline, transition.Backend);
                break;
            case { To: BackendHealth.Unhealthy }:
                BackendLog.Down(_logger, _pipeline, transition.Backend, Name(transition.To), Name(transition.From), transition.Cause);
                break;
            case { To: BackendHealth.Ejected }:
                BackendLog.Ejected(_logger, _pipeline, transition.Backend, Name(transition.To), Name(transition.From), transition.Cause);
                break;
            default:
                BackendLog.Changed(_logger, _pipeline, transition.Backend, Name(transition.To), Name(transition.From), transition.Cause);
                break;
        }
    }

    private void OnPanic(PanicTransition panic)
    {
        Context.System.EventStream.Publish(panic with { Pipeline = _pipeline });
        if (panic.IsPanicking)
        {
            BackendLog.PanicBegun(_logger, _pipeline);
        }
        else
        {
            BackendLog.PanicEnded(_logger, _pipeline);
        }
    }

    private static string Name(BackendHealth? health) => TagValues<BackendHealth>.Of(health!.Value);
}
