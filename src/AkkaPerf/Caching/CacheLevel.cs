namespace AkkaPerf.Caching;

/// <summary>Where an answer came from.</summary>
public enum CacheLevel
{
    /// <summary>From no cache: it was loaded, or is not known.</summary>
    None,

    /// <summary>From the first level, in process.</summary>
    Local,

    /// <summary>From the second level.</summary>
    Distributed,
}
