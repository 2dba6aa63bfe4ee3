using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Loads;

/// <summary>The value; the type's default where nothing was to be loaded.</summary>
internal sealed class ValuePick<TValue> : IPick<TValue, TValue>
{
    public static TValue Pick(CacheEntry<TValue>? entry, CacheLevel level) => entry is null ? default! : entry.Value;
}
