using AkkaPerf.Caching;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>What a cache is set to.</summary>
/// <param name="Profile">How much is stored.</param>
/// <param name="TargetedFields">The names of fields that go before Cache-Control, the first before the next (RFC 9213).</param>
internal sealed record StoreRules(HttpCacheProfile Profile, IReadOnlyList<string> TargetedFields)
{
    /// <summary>Whether what clients ask of caches does not count.</summary>
    public bool IgnoresClients { get; init; }
}
