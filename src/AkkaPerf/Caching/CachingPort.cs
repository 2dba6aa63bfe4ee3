using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Caching;

/// <summary>Where the caching stage meets other threads; belongs to the pipeline and outlives a stage.</summary>
internal sealed class CachingPort
{
    /// <summary>Loads that answered their first caller with something that cannot be shared.</summary>
    public Inbox<Exchange> Unshared { get; } = new();

    /// <summary>Loads' questions to the second level that have been answered.</summary>
    public Inbox<LookUp> LookedUp { get; } = new();
}
