using AkkaPerf.Connections;

namespace AkkaPerf.Pipeline;

/// <summary>The connections of a running pipeline: one pool per backend. Any thread.</summary>
public interface IPipelineConnections
{
    /// <summary>Every pool's figures, those of removed backends included until their last connection is closed.</summary>
    IReadOnlyList<ConnectionPoolSnapshot> Current { get; }

    /// <summary>Sets how many connections each backend may have that has no number of its own. Of more, idle ones close at once and leased ones when given back.</summary>
    /// <param name="maxPerBackend">1 to 100,000.</param>
    /// <param name="minIdle">Kept open and idle per backend; 0 to the most; 0 for HTTP.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    void Resize(int maxPerBackend, int minIdle);

    /// <summary>Gives the backend with an id a number of its own, whether it is there already or comes later.</summary>
    /// <param name="backendId">Which.</param>
    /// <param name="max">1 to 100,000.</param>
    /// <param name="minIdle">Kept open and idle; 0 to the most; 0 for HTTP.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    void Resize(string backendId, int max, int minIdle);
}
