using Akka.Actor;
using Akka.Event;
using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Says what happens to a pipeline's backends: on the event stream and in the log, each change once. Runs whether they are probed or not.</summary>
internal sealed class TransitionReporter : ReceiveActor
{
    private readonly string _pipeline;
    private readonly TransitionLog _transitions;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private Action<BackendTransition>? _onTransition;
    private Action<PanicTransition>? _onPanic;

    public TransitionReporter(string pipeline, BackendDirectory directory)
    {
        _pipeline = pipeline;
        _transitions = directory.Transitions;
        Receive<BackendTransition>(OnTransition);
        Receive<PanicTransition>(OnPanic);
    }

    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="directory">Whose backends.</param>
    public static Props Props(string pipeline, BackendDirectory directory) =>
        Akka.Actor.Props.Create(() => new TransitionReporter(pipeline, directory));

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
                _log.Info("Pipeline {0}: backend {1} was added", _pipeline, transition.Backend);
                break;
            case { To: null }:
                _log.Info("Pipeline {0}: backend {1} was removed", _pipeline, transition.Backend);
                break;
            case { To: BackendHealth.Unhealthy or BackendHealth.Ejected }:
                _log.Warning("Pipeline {0}: backend {1} is {2}, was {3}: {4}", _pipeline, transition.Backend, Name(transition.To), Name(transition.From), transition.Cause);
                break;
            default:
                _log.Info("Pipeline {0}: backend {1} is {2}, was {3}: {4}", _pipeline, transition.Backend, Name(transition.To), Name(transition.From), transition.Cause);
                break;
        }
    }

    private void OnPanic(PanicTransition panic)
    {
        Context.System.EventStream.Publish(panic with { Pipeline = _pipeline });
        if (panic.IsPanicking)
        {
            _log.Warning("Pipeline {0} panics: so few backends are well that those ejected get traffic again", _pipeline);
        }
        else
        {
            _log.Info("Pipeline {0} panics no more: enough backends are well, or none is ejected", _pipeline);
        }
    }

    private static string? Name(BackendHealth? health) => health?.ToString().ToLowerInvariant();
}
