using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>Gives each pipeline its options: the reference, its code, <c>akkaperf.pipeline</c>, <c>akkaperf.pipelines.NAME</c>, the environment.</summary>
public sealed class PipelineConfiguration
{
    private const string Defaults = "pipeline";
    private const string ByName = "pipelines";

    private readonly ConfigurationStack _stack;

    /// <summary>Reads pipelines from these sources; without <see cref="ConfigurationSource.Reference"/> the options classes' own defaults hold.</summary>
    public PipelineConfiguration(ConfigurationStack stack) => _stack = stack;

    /// <summary>The options of one pipeline; never throws for what is configured.</summary>
    /// <param name="name">The pipeline's name, as its definition has it.</param>
    /// <param name="code">What the definition sets; what the user configures wins over it.</param>
    public BoundOptions<PipelineOptions> Bind(string name, Action<PipelineOptions>? code = null)
    {
        var path = ConfigurationOrigin.Join(ConfigurationOrigin.Join(ConfigurationSource.Key, ByName), name);
        var stack = code is null ? _stack : _stack.With(FromCode(name, path, code));
        var effective = stack.Tiers()
            .SelectMany(tier => new[] { tier.Find(Defaults), FindByName(tier, name) })
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

    /// <summary>Checks every pipeline section of every source, used or not, and that <c>akkaperf</c> has no unknown key.</summary>
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

            reader.RefuseUnknown(section, [Defaults, ByName, "gateway"]);
            reader.Read(new PipelineOptions(), section.Find(Defaults), "", isComplete: false);
            foreach (var pipeline in PipelinesOf(section, reader))
            {
                reader.Read(new PipelineOptions(), pipeline.Value, "", isComplete: false);
            }
        }

        return [.. _stack.Faults.Concat(reader.Faults).Distinct()];
    }

    /// <summary>Finds the pipelines that are configured but not defined; to be asked when all definitions are known.</summary>
    public IReadOnlyList<ConfigurationFault> CheckDefined(IReadOnlyCollection<string> defined)
    {
        var known = defined.Count == 0 ? "none is defined" : $"defined are {string.Join(", ", defined.Order(StringComparer.Ordinal))}";
        return
        [
            .. from source in _stack.Sources
               let section = source.Root as ConfigurationNode.Section
               where section is not null
               from pipeline in PipelinesOf(section, new OptionsReader())
               where !defined.Any(name => IsNamed(pipeline, name))
               select new ConfigurationFault(pipeline.Value.Origin.Path, Value: null, $"no such pipeline; {known}", pipeline.Value.Origin.Text),
        ];
    }

    private static OrderedDictionary<string, ConfigurationNode> PipelinesOf(ConfigurationNode.Section root, OptionsReader reader)
    {
        var pipelines = root.Find(ByName);
        if (pipelines is not null and not ConfigurationNode.Section)
        {
            reader.Add(pipelines, "must be an object");
        }

        return (pipelines as ConfigurationNode.Section)?.Items ?? [];
    }

    /// <summary>The environment cannot spell a name's case and separators; every other source must match it exactly.</summary>
    private static bool IsNamed(KeyValuePair<string, ConfigurationNode> pipeline, string name) =>
        pipeline.Key == name
        || (pipeline.Value.Origin.Source == EnvironmentTree.Name && pipeline.Key == KeyText.Normal(name));

    private static ConfigurationNode? FindByName(ConfigurationNode tier, string name) =>
        tier.Find(ByName) is ConfigurationNode.Section pipelines
            ? pipelines.Items.Where(pipeline => IsNamed(pipeline, name)).Select(pipeline => pipeline.Value).FirstOrDefault()
            : null;

    /// <summary>What the code sets is what differs afterwards from the options classes' own defaults, which are the reference's.</summary>
    private static ConfigurationSource FromCode(string name, string path, Action<PipelineOptions> code)
    {
        var options = new PipelineOptions();
        code(options);
        var section = OptionsWriter.Differences(options, new PipelineOptions(), new("code", path));
        var pipelines = new ConfigurationNode.Section(new("code", ConfigurationOrigin.Join(ConfigurationSource.Key, ByName)));
        pipelines.Items[name] = section;
        var root = new ConfigurationNode.Section(new("code", ConfigurationSource.Key));
        root.Items[ByName] = pipelines;
        return new("code", ConfigurationTier.Code, root, []);
    }
}
