namespace AkkaPerf.Backends;

/// <summary>One backend's state at one moment.</summary>
/// <param name="Backend">The backend.</param>
/// <param name="Weight">Its share of the traffic beside the others' weights.</param>
/// <param name="Health">Its state, from all that is known of it.</param>
/// <param name="Cause">Why it is in this state, in a few words.</param>
/// <param name="ChangedAt">When the state last changed.</param>
public sealed record BackendStatus(Backend Backend, int Weight, BackendHealth Health, string Cause, DateTimeOffset ChangedAt)
{
    /// <summary>What <see cref="Share"/> is of a backend of weight one that has its full share.</summary>
    public const int FullShare = 100;

    /// <summary>Whether it is kept from new exchanges by hand.</summary>
    public bool IsDraining { get; init; }

    /// <summary>Whether it takes part at all.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Percent of its share that it gets while it starts slowly; 100 otherwise.</summary>
    public int Ramp { get; init; } = FullShare;

    /// <summary>What it gets beside the others: its weight times its <see cref="Ramp"/>.</summary>
    public int Share => Weight * Ramp;

    /// <summary>Exchanges it may have at once in this state; 0 = no limit.</summary>
    /// <remarks>On probation one beside those left over from before: a long answer, or one that hangs, must not keep it from its trial.</remarks>
    public int InFlightLimit => Health == BackendHealth.Probation ? 1 + Backend.Leftovers
        : Most == 0 || Ramp == FullShare ? Most
        : Math.Max(1, (int)((long)Most * Ramp / FullShare));

    /// <summary>Whether it has room for one more exchange.</summary>
    public bool HasCredit => InFlightLimit is var limit && (limit == 0 || Backend.InFlight < limit);

    /// <summary>Connections that its pool may have, where it has a number of its own; 0 = no limit. Each carries one exchange at a time.</summary>
    internal int ConnectionLimit { get; init; }

    internal ProbeVerdict Probe { get; init; }

    /// <summary>Whether a load report says that it is impaired.</summary>
    internal bool IsImpaired { get; init; }

    internal Ejection Ejection { get; init; }

    /// <summary>From when the steps of its slow start count, as a timestamp, perhaps a little ahead; 0 = it is not starting.</summary>
    internal long RampsSince { get; init; }

    // The lower of the two where there are two.
    private int Most => ConnectionLimit == 0 || (Backend.MaxInFlight > 0 && Backend.MaxInFlight < ConnectionLimit) ? Backend.MaxInFlight : ConnectionLimit;
}
