namespace AkkaPerf.Backends;

/// <summary>Panic began or ended: so few backends are well that those whose traffic failed get traffic all the same. Published on the actor system's event stream.</summary>
/// <param name="IsPanicking">Whether it began.</param>
/// <param name="At">When.</param>
public sealed record PanicTransition(bool IsPanicking, DateTimeOffset At)
{
    /// <summary>The pipeline's name.</summary>
    public string Pipeline { get; init; } = "";
}
