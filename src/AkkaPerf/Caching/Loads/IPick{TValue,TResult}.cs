using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Loads;

/// <summary>What a caller wants of an entry; a type instead of a callback, so that nothing is awaited twice.</summary>
internal interface IPick<TValue, TResult>
{
    static abstract TResult Pick(CacheEntry<TValue>? entry, CacheLevel level);
}
