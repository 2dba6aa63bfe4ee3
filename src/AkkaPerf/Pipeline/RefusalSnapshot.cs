using AkkaPerf.Backends;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>What a pipeline looked like when it refused a request.</summary>
public sealed record RefusalSnapshot
{
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Why.</summary>
    public required RefusalReason Reason { get; init; }

    /// <summary>Exchanges inside.</summary>
    public required long InFlight { get; init; }

    /// <summary>How many may be inside.</summary>
    public required int Capacity { get; init; }

    /// <summary>Those who wait, by where.</summary>
    public required WaitingSnapshot Waiting { get; init; }

    /// <summary>How many may wait in the room.</summary>
    public required int Places { get; init; }

    /// <summary>Permits.</summary>
    public required PermitSnapshot Permits { get; init; }

    /// <summary>The backends and their states; null if the pipeline has none.</summary>
    public required BackendSet? Backends { get; init; }
}
