using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>The connection pools of one pipeline, one per backend.</summary>
internal interface IConnectionPools
{
    /// <summary>Finds a backend's pool; null if the backend is not, or not yet, or no longer, served. Any thread, lock-free.</summary>
    IBackendPool? Find(Backend backend);
}
