namespace AkkaPerf.Backends;

/// <summary>By which rules a directory keeps its backends' states.</summary>
internal sealed record HealthRules
{
    /// <summary>Whether backends without a verdict get traffic, as with probing off.</summary>
    public bool UnknownIsEligible { get; init; }

    /// <summary>How long a backend that comes back, or is new beside others, takes to its full share; zero = at once.</summary>
    public TimeSpan SlowStart { get; init; }

    /// <summary>Percent of its share with which it begins; 1 to 100.</summary>
    public int SlowStartFrom { get; init; } = 10;

    /// <summary>The first ejection's length; doubled with each that follows.</summary>
    public TimeSpan EjectionTime { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan MaxEjectionTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Part of the backends that may be ejected at a time, rounded down, but one at least if there are two; 0 to 1.</summary>
    public double MaxEjected { get; init; } = 0.5;

    /// <summary>Below this part of backends that are well, the ejected ones get traffic again; 0 = never.</summary>
    public double PanicBelow { get; init; } = 0.5;

    /// <summary>The zone whose backends are preferred; empty = none.</summary>
    public string Zone { get; init; } = "";

    /// <summary>The place of a tier among the tiers: those of the preferred zone come before the others of their priority.</summary>
    public int TierOf(int priority, string zone) => (priority * 2) + (Zone.Length == 0 || zone == Zone ? 0 : 1);
}
