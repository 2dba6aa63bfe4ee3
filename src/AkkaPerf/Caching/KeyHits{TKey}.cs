namespace AkkaPerf.Caching;

/// <summary>A key of the first level, and how often it was found since it came.</summary>
/// <typeparam name="TKey">What entries are known by.</typeparam>
public readonly record struct KeyHits<TKey>(TKey Key, long Hits)
    where TKey : notnull;
