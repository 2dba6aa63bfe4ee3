using AkkaPerf.Caching;

namespace AkkaPerf.Pipeline;

/// <summary>A running pipeline, whatever its types: what an operator may see and do. Any thread.</summary>
public interface IRequestPipeline
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>Its backends: add, remove, drain, weigh; null if it has none.</summary>
    IPipelineBackends? Backends { get; }

    /// <summary>Its connections: their figures and their numbers; null if it has none.</summary>
    IPipelineConnections? Connections { get; }

    /// <summary>Its figures at this moment; cheap, takes no lock on the path.</summary>
    PipelineSnapshot Describe();

    /// <summary>Sets how many calls may run at once; those that run go on.</summary>
    /// <param name="concurrency">1 to 1,000,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    void SetConcurrency(int concurrency);

    /// <summary>Sets how many may wait for a permit; those that wait stay.</summary>
    /// <param name="places">0 to 1,000,000; 0 = nobody waits.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    void SetQueue(int places);

    /// <summary>The cache's keys that are asked for most, the hottest first; empty if it has none. Looks at every entry.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than zero.</exception>
    IReadOnlyList<KeyHits<string>> HottestKeys(int count);

    /// <summary>Takes what it looked like at the first refusal of each reason since the last call, but of cancelled ones; whoever takes it, nobody else gets it.</summary>
    IReadOnlyList<RefusalSnapshot> TakeRefusals();

    /// <summary>Refuses new requests, finishes what is inside within the drain timeout, then fails the rest. Repeated calls join the first.</summary>
    /// <param name="cancellationToken">Ends this wait, not the drain.</param>
    Task DrainAsync(CancellationToken cancellationToken = default);
}
