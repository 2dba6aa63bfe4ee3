namespace AkkaPerf.Pipeline;

/// <summary>A pipeline's figures at one moment; counts are since its start.</summary>
public sealed record PipelineSnapshot
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it lets requests in.</summary>
    public required PipelineState State { get; init; }

    /// <summary>Whether every backend has its first verdict and one is eligible, and the pipeline runs.</summary>
    public required bool IsReady { get; init; }

    /// <summary>The same, and if not, why.</summary>
    public PipelineReadiness Readiness { get; init; }

    /// <summary>Exchanges inside, those that wait and those that run.</summary>
    public required long InFlight { get; init; }

    /// <summary>How many may be inside.</summary>
    public required int Capacity { get; init; }

    /// <summary>Those who wait, by where.</summary>
    public required WaitingSnapshot Waiting { get; init; }

    /// <summary>How many may wait in the room, for a permit.</summary>
    public int Places { get; init; }

    /// <summary>Permits.</summary>
    public required PermitSnapshot Permits { get; init; }

    /// <summary>Handlers that still run although nobody waits for them.</summary>
    public required long Zombies { get; init; }

    /// <summary>Streams open beyond their exchanges, such as WebSockets; they are not in flight.</summary>
    public long Streams { get; init; }

    /// <summary>Requests answered with a value, hits included.</summary>
    public required long Answered { get; init; }

    /// <summary>Requests whose handler failed.</summary>
    public required long Faulted { get; init; }

    /// <summary>Requests refused, by reason; reasons that never occurred are zero.</summary>
    public required IReadOnlyDictionary<string, long> Refused { get; init; }

    /// <summary>The cache; null if the pipeline has none.</summary>
    public required CacheSnapshot? Cache { get; init; }

    /// <summary>Further tries; null if there can be none, as without <c>RetryWhen</c>.</summary>
    public required RetrySnapshot? Retrying { get; init; }

    /// <summary>The backends; empty if the pipeline has none.</summary>
    public required IReadOnlyList<BackendSnapshot> Backends { get; init; }

    /// <summary>Whether so few backends are well that those ejected get traffic again.</summary>
    public required bool IsPanicking { get; init; }

    /// <summary>How often backends changed their state, by what moved them; kinds that never occurred are zero.</summary>
    public required IReadOnlyDictionary<string, long> Transitions { get; init; }

    /// <summary>How often the stream failed and was started again.</summary>
    public required int Restarts { get; init; }
}
