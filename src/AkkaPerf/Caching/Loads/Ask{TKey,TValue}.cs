using System.Runtime.InteropServices;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Loads;

/// <summary>What somebody wants of a cache whose first level has nothing fresh.</summary>
/// <param name="Key">The key.</param>
/// <param name="Options">What is special about it.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Previous">What is known, but stale or to be replaced; null if nothing is.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Ask<TKey, TValue>(TKey Key, CacheEntryOptions? Options, IReadOnlyList<string> Tags, CacheEntry<TValue>? Previous)
{
    public CacheSkip Skip => Options?.Skip ?? CacheSkip.None;

    /// <summary>Whether the source must be asked whatever is known or on its way.</summary>
    public bool IsReplacing { get; init; }

    /// <summary>What a load that wants to know may know of it.</summary>
    public LoadContext<TValue> CreateContext() =>
        new(Previous is not null, Previous is null ? default : Previous.Value, Options, Tags);
}
