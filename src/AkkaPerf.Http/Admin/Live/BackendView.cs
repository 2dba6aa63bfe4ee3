using AkkaPerf.Backends;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>A backend as an operator sees it: its state, and what it did in the last seconds.</summary>
internal sealed record BackendView
{
    public required string Id { get; init; }

    /// <summary>Where it listens; a user and password are masked.</summary>
    public required Uri Address { get; init; }

    public required BackendHealth State { get; init; }

    /// <summary>Why it is in this state.</summary>
    public required string Cause { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    public required bool IsDraining { get; init; }

    public required bool IsEnabled { get; init; }

    /// <summary>Whether it may be picked now.</summary>
    public required bool IsEligible { get; init; }

    public required int Weight { get; init; }

    /// <summary>Percent of its share that it gets while it starts slowly; 100 otherwise.</summary>
    public required int Ramp { get; init; }

    public required int Priority { get; init; }

    public required string Zone { get; init; }

    public required long InFlight { get; init; }

    /// <summary>Exchanges that it answered, since it came.</summary>
    public required long Succeeded { get; init; }

    /// <summary>Exchanges that failed on it, since it came.</summary>
    public required long Failed { get; init; }

    /// <summary>Its connections; null in a pipeline without.</summary>
    public required ConnectionSnapshot? Connections { get; init; }

    /// <summary>How many connections it may have.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Exchanges that ended a second, between the last two samples.</summary>
    public double Rate { get; init; }

    /// <summary>Failed part of them in the last ten seconds; null if there were none.</summary>
    public double? Errors { get; init; }

    /// <summary>Median answer time of the last ten seconds, in milliseconds.</summary>
    public double? P50 { get; init; }

    /// <summary>The time that 99 of 100 of these answers did not exceed.</summary>
    public double? P99 { get; init; }
}
