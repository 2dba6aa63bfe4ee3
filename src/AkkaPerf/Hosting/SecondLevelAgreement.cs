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

        var provider = bound.Value.Cache.L2.Provider;
        if (SecondLevelNeeds.FindMissing(provider, registered) is { } missing)
        {
            var path = $"akkaperf.pipelines.{name}.cache.l2.provider";
            var source = bound.Settings.FirstOrDefault(setting => setting.Path == path)?.Source ?? "code";
            yield return new ConfigurationFault(path, KeyText.Kebab(provider.ToString()), missing, source);
        }
    }
}
