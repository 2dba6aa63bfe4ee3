using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>Whether the container has what a pipeline's second level needs.</summary>
internal static class SecondLevelAgreement
{
    public static IEnumerable<ConfigurationFault> Check(BoundOptions<PipelineOptions> bound, string name, IEnumerable<ISecondLevelProvider> registered)
    {
        if (bound.Faults.Count > 0 || !bound.Value.Cache.Enabled)
        {
            yield break;
        }

        foreach (var (key, needs) in Needs(bound.Value.Cache, hasStore: false, registered))
        {
            var path = $"akkaperf.pipelines.{name}.cache.{key}";
            var source = bound.Settings.FirstOrDefault(setting => setting.Path == path)?.Source ?? "code";
            yield return new ConfigurationFault(path, KeyText.Kebab(bound.Value.Cache.L2.Provider.ToString()), needs, source);
        }
    }

    /// <summary>Which key below the cache's section needs what is not registered, and what that is.</summary>
    public static IEnumerable<(string Key, string Needs)> Needs(CacheOptions options, bool hasStore, IEnumerable<ISecondLevelProvider> registered) =>
        !hasStore && SecondLevelNeeds.FindMissing(options.L2.Provider, registered) is { } missing ? [("l2.provider", missing)] : [];
}
