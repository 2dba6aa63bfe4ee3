namespace AkkaPerf.Backends;

/// <summary>What a backend's traffic has brought upon it.</summary>
/// <param name="Phase">Where it stands.</param>
/// <param name="DueAt">When it may be tried, or tried once more because its trial has not ended, as a timestamp.</param>
/// <param name="Since">When the phase began, as a timestamp.</param>
/// <param name="InARow">How often it has been ejected without a quiet time between.</param>
internal readonly record struct Ejection(EjectionPhase Phase, long DueAt, long Since, int InARow)
{
    /// <summary>Whether it has been on trial for a while and no request has come.</summary>
    public bool IsUnasked { get; init; }
}
