using AkkaPerf.Caching;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>Gives each pipeline its options: the reference, its code, <c>akkaperf.pipeline</c>, <c>akkaperf.pipelines.NAME</c>, the environment.</summary>
public sealed class PipelineConfiguration
{
    internal const string Defaults = "pipeline";

    internal static readonly NamedSections Caches = new("caches", "cache");

    private static readonly NamedSections Pipelines = new("pipelines", "pipeline");

    private readonly ConfigurationStack _stack;

    /// <summary>Reads pipelines from these sources; without <see cref="ConfigurationSource.Reference"/> the options classes' own defaults hold.</summary>
    public PipelineConfiguration(ConfigurationStack stack) => _stack = stack;

    /// <summary>The options of one pipeline; never throws for what is configured.</summary>
    /// <param name="name">The pipeline's name, as its definition has it.</param>
    /// <param name="code">What the definition sets; what the user configures wins over it.</param>
    public BoundOptions<PipelineOptions> Bind(string name, Action<PipelineOptions>? code = null)
    {
        var path = Pipelines.PathOf(name);
        var stack = code is null ? _stack : _stack.With(Pipelines.FromCode(name, code));
        var effective = stack.Tiers()
            .SelectMany(tier => new[] { tier.Find(Defaults), Pipelines.Find(tier, name) })
            .Aggregate((ConfigurationNode?)null, ConfigurationNode.Merge);

        var options = new PipelineOptions();
        var reader = new OptionsReader();
        reader.Read(options, effective, path, isComplete: true);
        PipelineRules.Check(options, effective, reader);
        return new(options, new PipelineConfiguration(stack).Check().Concat(reader.Faults), reader.Settings);
    }

    /// <summary>The options of one HTTP pipeline with the built-in policies; what such a pipeline cannot do is a fault as well.</summary>
    /// <param name="name">The pipeline's name, as its definition has it.</param>
    public BoundOptions<PipelineOptions> BindHttp(string name)
    {
        var bound = Bind(name);
        return bound.With(PipelineAgreement.Check(bound, name, [], opensSharedConnections: true)
            .Concat(PipelineAgreement.CheckCache(bound, name, hasRequestBy: false, hasStore: false)));
    }

    /// <summary>Checks every pipeline's and cache's section of every source, used or not, and that <c>akkaperf</c> has no unknown key.</summary>
    public IReadOnlyList<ConfigurationFault> Check()
    {
        var reader = new OptionsReader();
        foreach (var root in _stack.Sources.Select(source => source.Root).OfType<ConfigurationNode>())
        {
            if (root is not ConfigurationNode.Section section)
            {
                reader.Add(root, "must be an object");
                continue;
            }

            reader.RefuseUnknown(section, [Defaults, Pipelines.Key, Caches.Key, "gateway"]);
            reader.Read(new PipelineOptions(), section.Find(Defaults), "", isComplete: false);
            foreach (var pipeline in Pipelines.Of(section, reader))
            {
                reader.Read(new PipelineOptions(), pipeline.Value, "", isComplete: false);
            }

            foreach (var cache in Caches.Of(section, reader))
            {
                reader.Read(new CacheOptions(), cache.Value, "", isComplete: false);
            }
        }

        return [.. _stack.Faults.Concat(reader.Faults).Distinct()];
    }

    /// <summary>Finds the pipelines, and the caches that stand alone, that are configured but not defined; to be asked when all definitions are known.</summary>
    /// <param name="defined">The names of the pipelines.</param>
    /// <param name="caches">The names of the caches; null for none.</param>
    public IReadOnlyList<ConfigurationFault> CheckDefined(IReadOnlyCollection<string> defined, IReadOnlyCollection<string>? caches = null) =>
        [.. Pipelines.Undefined(_stack, defined), .. Caches.Undefined(_stack, caches ?? [])];
}
