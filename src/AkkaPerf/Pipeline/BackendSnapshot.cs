using AkkaPerf.Backends;

namespace AkkaPerf.Pipeline;

/// <summary>One backend of a pipeline.</summary>
public sealed record BackendSnapshot
{
    /// <summary>Its name.</summary>
    public required string Id { get; init; }

    /// <summary>Where it listens; a user and password are masked.</summary>
    public required Uri Address { get; init; }

    /// <summary>Its share of the traffic.</summary>
    public required int Weight { get; init; }

    /// <summary>What the probes say.</summary>
    public required BackendHealth State { get; init; }

    /// <summary>Whether new exchanges are kept from it by hand.</summary>
    public required bool IsDraining { get; init; }

    /// <summary>Why it is in this state.</summary>
    public required string Cause { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Exchanges assigned to it now.</summary>
    public required long InFlight { get; init; }

    /// <summary>Exchanges that it answered.</summary>
    public required long Succeeded { get; init; }

    /// <summary>Exchanges that failed on it.</summary>
    public required long Failed { get; init; }

    /// <summary>Its connections; null in a pipeline without.</summary>
    public required ConnectionSnapshot? Connections { get; init; }
}
