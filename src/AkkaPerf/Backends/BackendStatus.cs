namespace AkkaPerf.Backends;

/// <summary>One backend's state at one moment.</summary>
/// <param name="Backend">The backend.</param>
/// <param name="Weight">Its share of the traffic.</param>
/// <param name="Health">What the probes say.</param>
/// <param name="IsDraining">Whether it is kept from new exchanges by hand.</param>
/// <param name="Cause">Why it is in this state, in a few words.</param>
/// <param name="ChangedAt">When the state last changed.</param>
public sealed record BackendStatus(
    Backend Backend,
    int Weight,
    BackendHealth Health,
    bool IsDraining,
    string Cause,
    DateTimeOffset ChangedAt);
