using AkkaPerf.Backends;

namespace AkkaPerf.Pipeline;

/// <summary>The backends of a running pipeline. Any thread.</summary>
public interface IPipelineBackends
{
    /// <summary>All of them at this moment.</summary>
    BackendSet Current { get; }

    /// <summary>Takes a backend in; it gets traffic once it is known to be healthy.</summary>
    /// <exception cref="ArgumentException">The id is taken, or the options are not valid.</exception>
    void Add(BackendOptions backend);

    /// <summary>Takes a backend out; what runs on it goes on. False if there is none with this id.</summary>
    bool Remove(string id);

    /// <summary>Keeps new exchanges from a backend. False if there is none with this id.</summary>
    bool Drain(string id);

    /// <summary>Lets new exchanges come to a drained backend again. False if there is none with this id.</summary>
    bool Resume(string id);

    /// <summary>Sets a backend's share of the traffic, 0 to 1000. False if there is none with this id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    bool SetWeight(string id, int weight);
}
