using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Pipeline;

/// <summary>What a pipeline's second level needs beside its options.</summary>
internal static class SecondLevelNeeds
{
    /// <summary>What is missing for a provider, for a message; null if nothing is.</summary>
    public static string? FindMissing(L2Provider provider, IEnumerable<ISecondLevelProvider> registered) =>
        SecondLevelFactory.FindMissing(provider, registered);
}
