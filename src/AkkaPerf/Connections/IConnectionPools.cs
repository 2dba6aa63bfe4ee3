using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>The connections of a pipeline: one pool per backend.</summary>
internal interface IConnectionPools
{
    /// <summary>A backend's pool; null once the backend was removed or the pools are stopping. Any thread, without a lock.</summary>
    IBackendPool? Find(Backend backend);

    /// <summary>Every pool's figures, those of removed backends included until their last connection is closed.</summary>
    IReadOnlyList<ConnectionPoolSnapshot> Snapshot();

    /// <summary>What has been counted, by the backends' ids, in pools that have ended too: it never falls.</summary>
    IReadOnlyDictionary<string, PoolTotals> Totals();

    /// <summary>Says that somebody has just found a backend up: connects that back off start now, as many as are needed. Any thread; cheap.</summary>
    void BackendIsBack(Backend backend);

    /// <summary>Makes every pool keep to its limit as it is now.</summary>
    void ApplyLimits();

    /// <summary>Ends waits and closes idle connections at once, leased ones when they come back, at the latest after the grace.</summary>
    Task StopAsync(TimeSpan grace);
}
