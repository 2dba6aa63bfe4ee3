using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Loads;

/// <summary>The entry, and where it came from.</summary>
internal sealed class AnswerPick<TValue> : IPick<TValue, CacheAnswer<TValue>>
{
    public static CacheAnswer<TValue> Pick(CacheEntry<TValue>? entry, CacheLevel level) => new(entry, level);
}
