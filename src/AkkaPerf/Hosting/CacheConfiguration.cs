using AkkaPerf.Caching;

namespace AkkaPerf.Hosting;

/// <summary>
/// Gives each cache that stands alone its options: the reference, its code, <c>akkaperf.pipeline.cache</c>, <c>akkaperf.caches.NAME</c>,
/// the environment.
/// </summary>
internal static class CacheConfiguration
{
    /// <summary>The options of one cache; never throws for what is configured.</summary>
    /// <param name="stack">The sources.</param>
    /// <param name="name">The cache's name, as its definition has it.</param>
    /// <param name="code">What the definition sets; what the user configures wins over it.</param>
    public static BoundOptions<CacheOptions> Bind(ConfigurationStack stack, string name, Action<CacheOptions> code)
    {
        var whole = stack.With(PipelineConfiguration.Caches.FromCode(name, code));
        var effective = whole.Tiers()
            .SelectMany(tier => new[] { tier.Find(PipelineConfiguration.Defaults, "cache"), PipelineConfiguration.Caches.Find(tier, name) })
            .Aggregate((ConfigurationNode?)null, ConfigurationNode.Merge);

        var options = new CacheOptions();
        var reader = new OptionsReader();
        reader.Read(options, effective, PipelineConfiguration.Caches.PathOf(name), isComplete: true);
        SecondLevelRules.Check(options.L2, effective?.Find("l2"), reader);
        return new(options, new PipelineConfiguration(whole).Check().Concat(reader.Faults), reader.Settings);
    }

    /// <summary>What of a cache's effective options its definition, or the container, has not what they need.</summary>
    /// <param name="bound">The options.</param>
    /// <param name="name">The cache's name.</param>
    /// <param name="needs">Keys below the cache's section, and what each of them needs.</param>
    public static IEnumerable<ConfigurationFault> Missing(BoundOptions<CacheOptions> bound, string name, IEnumerable<(string Key, string Needs)> needs)
    {
        foreach (var (key, needed) in needs)
        {
            var path = $"{PipelineConfiguration.Caches.PathOf(name)}.{key}";
            var setting = bound.Settings.FirstOrDefault(setting => setting.Path == path);
            yield return new ConfigurationFault(path, setting?.Value, needed, setting?.Source ?? "code");
        }
    }
}
