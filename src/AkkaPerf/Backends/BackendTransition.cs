namespace AkkaPerf.Backends;

/// <summary>A backend went from one state to another; published on the actor system's event stream.</summary>
/// <param name="Backend">Which.</param>
/// <param name="From">The state before; null if it was added.</param>
/// <param name="To">The state since; null if it was removed.</param>
/// <param name="Kind">What moved it.</param>
/// <param name="Cause">The same in a few words.</param>
/// <param name="At">When.</param>
public sealed record BackendTransition(Backend Backend, BackendHealth? From, BackendHealth? To, TransitionKind Kind, string Cause, DateTimeOffset At)
{
    /// <summary>The pipeline's name.</summary>
    public string Pipeline { get; init; } = "";
}
