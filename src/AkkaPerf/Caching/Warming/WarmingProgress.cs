namespace AkkaPerf.Caching.Warming;

/// <summary>How far a warming has come.</summary>
/// <param name="Loaded">Keys that were loaded.</param>
/// <param name="Known">Keys that were known and fresh already.</param>
/// <param name="Failed">Keys that could not be loaded.</param>
public readonly record struct WarmingProgress(long Loaded, long Known, long Failed)
{
    /// <summary>Keys that are done with.</summary>
    public long Done => Loaded + Known + Failed;
}
