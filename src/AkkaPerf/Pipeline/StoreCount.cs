namespace AkkaPerf.Pipeline;

/// <summary>What an <see cref="IPipelineStore{TResponse}"/> counts.</summary>
public enum StoreCount
{
    /// <summary>Not answered from the first level.</summary>
    Miss,

    /// <summary>Answered with something stale.</summary>
    Stale,

    /// <summary>Refreshed in the background.</summary>
    Refresh,
}
